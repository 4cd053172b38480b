/**
 * A video on the stage: the browser's own player with steps of single frames and a volume that is kept. What browsers
 * cannot play shows a still, the reason, and a copy on demand with its progress.
 */
import { isAbort, sentenceOf } from 'pa/core/http.js';
import { askPlayback, awaitCopy, cancelCopy, copyOf, makeCopy, sourceOf } from 'pa/grid/playback.js';
import { drawVideoPanel } from './video-panel.js';
import { recallVolume, rememberVolume } from './volume.js';

/** @typedef {import('pa/grid/playback.js').Playback} Playback */
/** @typedef {import('pa/grid/playback.js').Proxy} Proxy */

const USUAL_RATE = 30;
const SAID_MS = 900, SLOW_MS = 350;
const VOLUME_STEP = 0.1;
const NOT_HERE = 'The browser could not play this video.';

export class VideoPlayer {
  element = document.createElement('div');
  #video = document.createElement('video');
  #panel = document.createElement('div');
  #said = document.createElement('p');
  /** @type {AbortController | null} */
  #asking = null;
  /** @type {Playback | null} */
  #playback = null;
  /** What the panel offers: a copy that could be made. */
  #offered = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #saying;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #slow;

  constructor() {
    this.element.className = 'loupe-video';
    this.element.hidden = true;
    this.#video.preload = 'metadata';
    this.#video.playsInline = true;
    this.#panel.className = 'loupe-video-message';
    this.#panel.hidden = true;
    this.#panel.setAttribute('role', 'status');
    this.#said.className = 'loupe-video-said';
    this.#said.hidden = true;
    this.#said.setAttribute('role', 'status');
    this.element.append(this.#video, this.#panel, this.#said);
    this.#video.addEventListener('error', () => this.#failed());
    this.#video.addEventListener('volumechange', () => rememberVolume(this.#video));
    for (const name of ['waiting', 'loadstart']) this.#video.addEventListener(name, () => this.#waits(true));
    for (const name of ['playing', 'canplay', 'pause', 'emptied', 'suspend', 'seeked']) this.#video.addEventListener(name, () => this.#waits(false));
  }

  get isOpen() { return !this.element.hidden; }

  get #isLoaded() { return this.#video.hasAttribute('src'); }

  get frameRate() { return this.#playback?.frame_rate || USUAL_RATE; }

  /** The still at once, the video when the server says how it is played. @param {number} id @param {string} name */
  show(id, name) {
    this.#unload();
    this.#playback = null;
    this.element.hidden = false;
    this.#hidePanel();
    this.#video.poster = `/api/thumb/md/${id}`;
    this.#video.setAttribute('aria-label', name);
    recallVolume(this.#video);
    void this.#load(id);
  }

  hide() {
    if (this.element.hidden) return;
    this.#unload();
    this.#video.removeAttribute('poster');
    this.element.hidden = true;
  }

  /** Play or pause; where there is only a still, ask for the copy. */
  toggle() {
    if (this.#offered) void this.#make();
    if (!this.#isLoaded) return;
    if (this.#video.paused) this.#video.play().catch(() => {}); // the error event says why
    else this.#video.pause();
  }

  /** One frame on or back. @param {1 | -1} direction */
  stepFrame(direction) {
    if (!this.#isLoaded) return;
    this.#video.pause();
    const shown = Math.floor(this.#video.currentTime * this.frameRate + 0.01);
    this.#goTo((shown + direction + 0.5) / this.frameRate); // its middle: at its edge players disagree which frame it is
  }

  /** @param {number} seconds on, or back */
  skip(seconds) {
    if (!this.#isLoaded) return;
    this.#goTo(this.#video.currentTime + seconds);
    this.#say(`${seconds > 0 ? '+' : '−'}${Math.abs(seconds)} s`);
  }

  /** @param {1 | -1} direction */
  changeVolume(direction) {
    const volume = Math.min(1, Math.max(0, Math.round((this.#video.volume + direction * VOLUME_STEP) * 10) / 10));
    this.#sound(volume, volume === 0);
    this.#say(`Volume ${Math.round(volume * 100)} %`);
  }

  toggleMuted() {
    this.#sound(this.#video.volume, !this.#video.muted);
    this.#say(this.#video.muted ? 'Muted' : 'Sound on');
  }

  /** Kept at once: the event of a change comes later, and not at all to a page that is left. @param {number} volume @param {boolean} muted */
  #sound(volume, muted) {
    Object.assign(this.#video, { volume, muted });
    rememberVolume(this.#video);
  }

  /** @param {number} id */
  async #load(id) {
    const { signal } = this.#asking = new AbortController();
    try {
      const playback = this.#playback = await askPlayback(id, signal), source = sourceOf(playback);
      if (signal.aborted) return;
      if (source) this.#open(source);
      else if (playback.proxy.state === 'waiting' || playback.proxy.state === 'making') await this.#follow((tell) => awaitCopy(playback.id, tell, signal));
      else this.#offer(playback.unplayable ?? NOT_HERE, playback.proxy);
    } catch (error) {
      if (!isAbort(error)) this.#draw({ text: sentenceOf(error) });
    }
  }

  /** @param {string} source */
  #open(source) {
    this.#hidePanel();
    this.#video.controls = true;
    this.#video.src = source;
  }

  async #make() {
    const playback = this.#playback, signal = this.#asking?.signal;
    if (!playback || !signal) return;
    await this.#follow((tell) => makeCopy(playback.id, tell, signal));
  }

  /** Show how far the copy is, then play it. @param {(tell: (proxy: Proxy) => void) => Promise<Proxy>} ask */
  async #follow(ask) {
    const playback = /** @type {Playback} */ (this.#playback), { signal } = /** @type {AbortController} */ (this.#asking);
    const cancel = () => void cancelCopy(playback.id).catch(() => {}); // what became of it is asked for anyway
    this.#offered = false;
    this.#draw({ text: 'A copy that plays in every browser is being made.', progress: { fraction: null, eta: null, note: '' }, cancel });
    try {
      const proxy = await ask(({ fraction, eta_seconds: eta, state, reason }) => {
        if (!signal.aborted) this.#draw({ text: 'A copy that plays in every browser is being made.', progress: { fraction, eta, note: state === 'waiting' ? reason || 'waiting for its turn' : '' }, cancel });
      });
      if (signal.aborted) return;
      if (proxy.state === 'ready') {
        this.#open(copyOf(playback));
        this.#video.play().catch(() => {}); // not allowed without a click: the still and the controls stay
      } else this.#offer(playback.unplayable ?? NOT_HERE, proxy);
    } catch (error) {
      if (!isAbort(error)) this.#offer(sentenceOf(error), null);
    }
  }

  /** Why there is only a still, and what can be done. @param {string} text @param {Proxy | null} proxy */
  #offer(text, proxy) {
    this.#unload({ keepAsking: true });
    this.#offered = true;
    const failed = proxy?.state === 'failed' ? ` A copy could not be made: ${proxy.reason}` : '';
    this.#draw({ text: text + failed, offer: failed ? 'Try again' : 'Make a copy that plays', run: () => void this.#make() });
  }

  #failed() {
    if (!this.#isLoaded || !this.#playback) return;
    const source = this.#video.src;
    if (source.endsWith('copy=1')) {
      this.#unload({ keepAsking: true });
      this.#draw({ text: 'The copy of this video could not be played. The original is untouched; open it in a video player.' });
    } else if (this.#playback.proxy.state === 'ready') this.#open(copyOf(this.#playback));
    else this.#offer(`${NOT_HERE} The original is untouched.`, this.#playback.proxy);
  }

  /** @param {number} seconds */
  #goTo(seconds) {
    const end = this.#video.duration || Infinity;
    this.#video.currentTime = Math.max(0, Math.min(end, seconds));
  }

  /** @param {{keepAsking?: boolean}} [options] */
  #unload({ keepAsking = false } = {}) {
    if (!keepAsking) this.#asking?.abort();
    this.#offered = false;
    this.#waits(false);
    this.#video.controls = false;
    if (!this.#isLoaded) return;
    this.#video.pause();
    this.#video.removeAttribute('src');
    this.#video.load(); // lets go of the connection
  }

  /** A turning ring when it takes longer than a moment. @param {boolean} waits */
  #waits(waits) {
    clearTimeout(this.#slow);
    if (!waits) this.element.removeAttribute('data-loading');
    else if (this.#isLoaded) this.#slow = setTimeout(() => this.element.setAttribute('data-loading', ''), SLOW_MS);
  }

  /** @param {string} text shown for a moment */
  #say(text) {
    clearTimeout(this.#saying);
    this.#said.textContent = text;
    this.#said.hidden = false;
    this.#saying = setTimeout(() => { this.#said.hidden = true; }, SAID_MS);
  }

  /** @param {import('./video-panel.js').VideoPanel} content */
  #draw(content) {
    this.#panel.hidden = false;
    drawVideoPanel(this.#panel, content);
  }

  #hidePanel() {
    this.#panel.hidden = true;
    this.#offered = false;
  }
}
