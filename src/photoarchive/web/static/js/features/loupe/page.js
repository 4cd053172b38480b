/** The loupe page: one photo of a view as large as possible, its neighbours a key away. Puts the parts together. */
import { getJson, isAbort, sentenceOf } from 'pa/core/http.js';
import { navigate, route, setTitle } from 'pa/core/router.js';
import { effect, untracked } from 'pa/core/signals.js';
import { cards } from 'pa/grid/cards.js';
import { KIND_VIDEO, bits as read } from 'pa/grid/feed.js';
import { isFullScreen, setFullScreen, toggleFullScreen } from 'pa/grid/full-screen.js';
import { histogramOf } from 'pa/grid/histogram.js';
import 'pa/grid/info-panel.js';
import { catchUp, followMarks, setMark } from 'pa/grid/marks.js';
import { dayMoved } from 'pa/grid/navigation.js';
import { viewKey } from 'pa/grid/query.js';
import { loadView } from 'pa/grid/view.js';
import { showToast } from 'pa/ui/toast.js';
import { DetailsSide } from './details.js';
import { bitsOf, photoOf, surveyOf, whyNoPicture } from './facts.js';
import { Filmstrip } from './filmstrip.js';
import { registerLoupeKeys } from './keys.js';
import { LiveClip } from './live.js';
import './overlay.js';
import { DecodedPictures } from './pictures.js';
import { Stage } from './stage.js';
import { MOST_SURVEYED, Survey } from './survey.js';
import { VideoPlayer } from './video.js';

/** @typedef {import('pa/core/router.js').Route} Route */
/** @typedef {import('pa/grid/marks.js').Mark} Mark */
/** @typedef {import('pa/grid/view.js').PhotoView} PhotoView */

const NEIGHBOURS = 2, CARDS_AROUND = 12;
const ADDRESS_MS = 200, HISTOGRAM_MS = 120;

class LoupePage {
  #host;
  #pictures = new DecodedPictures();
  #stage = new Stage({
    zoomed: () => this.#describe(), shown: (picture) => this.#shown(picture), failed: () => this.#failed(),
    swiped: (by) => this.go(by), dismissed: () => this.leave(), tapped: () => this.#overlay.hasJustWoken || document.body.toggleAttribute('data-bare'), held: () => this.#live.hold(), released: () => this.#live.stop(),
  });
  #video = new VideoPlayer();
  /** @type {LiveClip} */
  #live = new LiveClip(this.#stage.frameElement);
  #survey = new Survey({
    photoOf: (id) => photoOf(this.#view, id), pictureOf: (photo) => this.#pictures.have(photo.id, photo.cachedOnly), bitsOf: (id) => bitsOf(this.#view, id),
    changed: (ids, active) => this.#surveyChanged(ids, active), open: (id) => this.#surveyChanged([], id), mark: (mark) => void this.#mark(mark, false),
    activated: (id, picture) => this.#surveyed(id, picture),
  });
  #film = new Filmstrip((index) => this.#goTo(index));
  #overlay = /** @type {import('./overlay.js').PaLoupeOverlay} */ (document.createElement('pa-loupe-overlay'));
  #info = /** @type {import('pa/grid/info-panel.js').PaInfoPanel} */ (document.createElement('pa-info-panel'));
  #message = document.createElement('p');
  #root = document.createElement('div');
  #side = new DetailsSide(this.#info, this.#root, () => this.#infoToggled());
  /** @type {PhotoView | null} */
  #view = null;
  #id = 0;
  #index = -1;
  #direction = 1;
  #clipping = false;
  #gone = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #addressing;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #counting;
  /** @type {(() => void)[]} */
  #stops = [];

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
    this.#build();
    this.#listen();
  }

  /** @param {Route} to */
  async show(to) {
    const id = Number(to.params.id), key = viewKey(to.query), survey = surveyOf(to.query);
    const viewing = this.#view?.key === key ? Promise.resolve(this.#view) : loadView(key);
    try {
      if (id !== this.#id) {
        this.#id = id;
        await cards.have([id, ...survey]);
        if (this.#gone || this.#id !== id) return;
        this.#display();
      }
      const view = await viewing;
      if (this.#gone || this.#id !== id) return;
      this.#setView(view);
      await this.#openSurvey(survey);
      this.#root.toggleAttribute('data-survey', this.#survey.isOpen);
    } catch (error) {
      if (!isAbort(error)) this.#say(sentenceOf(error));
    }
  }

  /** @param {number} by */
  go(by) {
    if (this.#survey.isOpen) this.#survey.move(by);
    else if (this.#view && this.#index >= 0) this.#goTo(Math.max(0, Math.min(this.#view.feed.count - 1, this.#index + by)));
  }

  /** @param {1 | -1} by */
  #goDay(by) {
    if (this.#view && !this.#survey.isOpen && this.#index >= 0) this.#goTo(dayMoved(this.#view.layoutInput, this.#index, by));
  }

  leave() {
    setFullScreen(false);
    if (history.state?.fromLibrary) history.back();
    else navigate(`/library${this.#query()}`, { replace: true });
  }

  close() {
    this.#gone = true;
    clearTimeout(this.#addressing);
    clearTimeout(this.#counting);
    setFullScreen(false);
    for (const stop of this.#stops) stop();
    this.#survey.hide();
    this.#video.hide();
    this.#live.hide();
    this.#side.close();
    this.#stage.close();
    this.#film.close();
    this.#pictures.close();
  }

  #build() {
    const root = this.#root, middle = document.createElement('section');
    root.id = 'loupe';
    root.className = 'loupe';
    middle.className = 'loupe-middle';
    middle.setAttribute('aria-label', 'Photo');
    this.#message.className = 'loupe-message';
    this.#message.hidden = true;
    this.#message.setAttribute('role', 'status');
    this.#overlay.actions = {
      leave: () => this.#back(), go: (by) => this.go(by), mark: (mark) => void this.#mark(mark, false), survey: () => this.#toggleSurvey(),
      clipping: () => this.#toggleClipping(), info: () => this.#toggleInfo(), fullScreen: toggleFullScreen, toggleZoom: () => this.#zoomStage?.toggle(),
    };
    middle.append(this.#stage.element, this.#video.element, this.#survey.element, this.#message, this.#overlay, this.#live.badge, this.#film.element);
    this.#info.giveUpStars = () => void this.#mark({ kind: 'stars', value: null }, false);
    root.append(middle, this.#side.element);
    this.#host.className = 'page-host loupe-host';
    this.#host.append(root);
  }

  #listen() {
    const wake = () => this.#overlay.wake();
    for (const name of ['pointermove', 'pointerdown', 'focusin']) this.#root.addEventListener(name, wake, { passive: true });
    wake();
    this.#stops.push(
      followMarks(() => this.#view),
      registerLoupeKeys({
        go: (by) => this.go(by), goEnd: (end) => this.#goTo(end === 'first' ? 0 : (this.#view?.feed.count ?? 1) - 1), goDay: (by) => this.#goDay(by), leave: () => this.leave(), back: () => this.#back(),
        mark: (mark, advance) => void this.#mark(mark, advance), toggleZoom: () => this.#zoomStage?.toggle(), step: (direction) => this.#zoomStage?.step(direction),
        clipping: () => this.#toggleClipping(), survey: () => this.#toggleSurvey(), info: () => this.#toggleInfo(), fullScreen: toggleFullScreen, player: this.#video,
        live: () => this.#live.isOpen && this.#live.toggle(),
      }),
    );
  }

  /** The photo that keys and details are about. */
  get #subject() { return this.#survey.isOpen ? this.#survey.active : this.#id; }
  get #zoomStage() { return this.#survey.isOpen ? this.#survey.stage : this.#stage; }

  /** @param {PhotoView} view */
  #setView(view) {
    if (this.#view !== view) {
      this.#view = view;
      catchUp(view);
      this.#film.setView(view);
      this.#stops.push(effect(() => {
        view.marks.value;
        untracked(() => {
          this.#survey.refresh();
          this.#info.marks.value++;
          this.#describe();
        });
      }));
    }
    this.#index = view.feed.indexOf(this.#id);
    this.#film.element.hidden = this.#index < 0;
    this.#arrived();
  }

  /** Go to another photo of the view, now; the address follows when the user rests. @param {number} index */
  #goTo(index) {
    const view = this.#view;
    if (!view || index < 0 || index === this.#index) return;
    this.#direction = index < this.#index ? -1 : 1;
    this.#index = index;
    this.#id = view.feed.ids[index];
    const id = this.#id;
    clearTimeout(this.#addressing);
    this.#addressing = setTimeout(() => {
      navigate(`/library/photo/${this.#id}${this.#query()}`, { replace: true });
    }, ADDRESS_MS);
    if (cards.get(id)) {
      this.#display();
      this.#arrived();
      return;
    }
    this.#film.goTo(index);
    this.#askCards().then(() => {
      if (this.#id !== id) return;
      this.#display();
      this.#arrived();
    }, (error) => this.#say(sentenceOf(error)));
  }

  /** Show the photo. Its card is known. */
  #display() {
    const photo = photoOf(this.#view, this.#id), card = cards.get(this.#id), b = bitsOf(this.#view, this.#id);
    this.#root.dataset.photoId = String(this.#id);
    this.#root.dataset.tier = '';
    this.#info.photo.value = card ? this.#id : 0;
    this.#message.hidden = true;
    if (!photo || !card) {
      this.#stage.clear();
      this.#say('There is no such photo.');
      return;
    }
    const isVideo = read.kind(b) === KIND_VIDEO, broken = read.unreadable(b) || Boolean(card.unreadable);
    this.#info.histogram.value = null;
    this.#stage.element.hidden = isVideo;
    if (isVideo && !broken) this.#video.show(this.#id, card.filename);
    else this.#video.hide();
    if (broken) {
      this.#stage.clear();
      this.#say(`${card.filename} cannot be read${card.unreadable ? `: ${card.unreadable}` : '.'} The file itself is untouched.`);
    } else if (!isVideo) this.#stage.show(photo, this.#pictures.have(this.#id, photo.cachedOnly));
    else this.#root.dataset.tier = 'md';
    if (card.offline && !broken) this.#say("The drive isn't connected. This is the best preview there is.", true);
    if (card.missing && !broken) this.#say('The file is gone from its folder. This is the best preview there is.', true);
    setTitle(card.filename);
    this.#describe();
  }

  /** The photo's place in the view is known: strip, focus, neighbours. */
  #arrived() {
    const view = this.#view;
    if (!view || this.#index < 0) return;
    this.#film.goTo(this.#index);
    if (view.selection.count === 1) view.selection.only(this.#index);
    else if (view.selection.focus !== this.#index) view.selection.focusOn(this.#index);
    this.#describe();
    void this.#askCards().then(() => this.#prepareNeighbours(), () => {}); // neighbours are asked for again when reached
    this.#pictures.warm(view.feed.ids, this.#index + NEIGHBOURS * this.#direction, this.#direction);
  }

  async #askCards() {
    const view = this.#view;
    if (!view) return;
    const from = Math.max(0, this.#index - CARDS_AROUND);
    await cards.have(view.feed.ids.subarray(from, this.#index + CARDS_AROUND + 1));
  }

  #prepareNeighbours() {
    const view = this.#view;
    if (!view || this.#gone) return;
    // The current one is asked for last, so that it is the last to be dropped.
    for (const by of [this.#direction, -this.#direction, NEIGHBOURS * this.#direction, 0]) {
      const at = this.#index + by;
      if (at < 0 || at >= view.feed.count) continue;
      const b = view.feed.bits[at];
      if (!read.unreadable(b) && read.kind(b) !== KIND_VIDEO) this.#pictures.have(view.feed.ids[at], read.offline(b) || read.missing(b));
    }
  }

  /** @param {import('./pictures.js').Picture} picture */
  #shown(picture) {
    this.#root.dataset.tier = picture.tier;
    clearTimeout(this.#counting);
    if (this.#root.hasAttribute('data-info')) {
      this.#counting = setTimeout(() => { this.#info.histogram.value = histogramOf(picture.image, picture.image.naturalWidth, picture.image.naturalHeight); }, HISTOGRAM_MS);
    }
  }

  async #failed() {
    const id = this.#id;
    try {
      const details = await getJson(`/api/image/${id}`);
      if (this.#id === id) this.#say(whyNoPicture(details));
    } catch (error) {
      this.#say(sentenceOf(error));
    }
  }

  /** @param {string} text @param {boolean} [small] beside a picture, not instead of one */
  #say(text, small = false) {
    this.#message.textContent = text;
    this.#message.classList.toggle('is-small', small);
    this.#message.hidden = false;
  }

  #describe() {
    const id = this.#subject, b = bitsOf(this.#view, id);
    if (!id) return;
    this.#live.follow(!this.#survey.isOpen && read.live(b) && !read.unreadable(b) ? id : 0);
    this.#overlay.state.value = {
      name: cards.get(id)?.filename ?? '', index: this.#survey.isOpen ? this.#view?.feed.indexOf(id) ?? -1 : this.#index, total: this.#view?.feed.count ?? 0, bits: b, zoom: this.#stage.zoomName,
      clipping: this.#clipping, info: this.#root.hasAttribute('data-info'), isVideo: this.#video.isOpen,
    };
  }

  /** @param {Mark} mark @param {boolean} advance */
  async #mark(mark, advance) {
    const view = this.#view, index = view?.feed.indexOf(this.#subject) ?? -1;
    if (!view || index < 0) return;
    this.#overlay.wake();
    const done = setMark(view, Uint32Array.of(index), mark);
    if (advance) this.go(1);
    await done;
  }

  #back() {
    if (isFullScreen()) setFullScreen(false);
    else if (this.#side.leave()) return;
    else if (this.#survey.isOpen) this.#surveyChanged([], this.#survey.active);
    else this.leave();
  }

  #toggleSurvey() {
    if (this.#survey.isOpen) {
      this.#surveyChanged([], this.#survey.active);
      return;
    }
    const view = this.#view;
    if (!view || this.#index < 0) return;
    const { selection } = view, chosen = selection.count >= 2 ? [...selection.indexes()].slice(0, MOST_SURVEYED) : [this.#index, this.#index + (this.#index + 1 < view.feed.count ? 1 : -1)];
    const ids = chosen.filter((index) => index >= 0).map((index) => view.feed.ids[index]);
    if (ids.length < 2) showToast('There is only one photo here.');
    else this.#surveyChanged(ids, ids[0]);
  }

  /** @param {number[]} ids fewer than two end the survey @param {number} active */
  #surveyChanged(ids, active) {
    const params = new URLSearchParams(this.#view?.key ?? '');
    if (ids.length >= 2) params.set('survey', ids.join(','));
    const query = params.toString();
    navigate(`/library/photo/${active}${query ? `?${query}` : ''}`, { replace: true });
  }

  /** @param {number[]} ids fewer than two: none */
  async #openSurvey(ids) {
    if (ids.length < 2) this.#survey.hide();
    if (ids.length < 2 || (this.#survey.isOpen && this.#survey.ids.join() === ids.join())) return;
    await cards.have(ids);
    this.#video.hide();
    this.#survey.show(ids);
  }

  /** @param {number} id @param {HTMLImageElement | null} picture */
  #surveyed(id, picture) {
    this.#info.photo.value = id;
    if (picture) this.#info.histogram.value = histogramOf(picture, picture.naturalWidth, picture.naturalHeight);
    this.#describe();
  }

  #toggleClipping() {
    this.#clipping = !this.#clipping;
    this.#stage.showClipping(this.#clipping);
    this.#describe();
  }

  #toggleInfo() {
    const wasBare = isFullScreen();
    if (wasBare) setFullScreen(false); // where only the photo shows there is no room for details
    this.#side.toggle(wasBare || undefined);
  }

  #infoToggled() {
    if (this.#stage.ladder.current) this.#shown(this.#stage.ladder.current);
    this.#describe();
  }

  #query() {
    return this.#view?.key ? `?${this.#view.key}` : '';
  }
}

export default {
  title: 'Photo',
  /** @param {HTMLElement} host @param {Route} to */
  async mount(host, to) {
    const page = new LoupePage(host);
    let first = true;
    const stop = effect(() => {
      const next = route.value;
      if (!first && next.page === 'loupe') untracked(() => void page.show(next));
      first = false;
    });
    await page.show(to);
    return () => {
      stop();
      page.close();
    };
  },
};
