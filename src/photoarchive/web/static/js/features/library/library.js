/** The library page: filters, grid, details. Puts the parts together and says what clicks and keys mean. */
import { effect, untracked } from 'pa/core/signals.js';
import { navigate, route } from 'pa/core/router.js';
import { selectedCount } from 'pa/core/status.js';
import { GridView } from 'pa/grid/grid-view.js';
import 'pa/grid/filters/panel.js';
import 'pa/grid/info-panel.js';
import { catchUp, followMarks, setMark } from 'pa/grid/marks.js';
import { viewKey } from 'pa/grid/query.js';
import { Scrubber } from 'pa/grid/scrubber.js';
import 'pa/grid/view-notes.js';
import { toggleFullScreen } from 'pa/grid/full-screen.js';
import { followOverlay } from 'pa/ui/overlay.js';
import { showToast } from 'pa/ui/toast.js';
import { followBrightness } from './brightness.js';
import './chips-row.js';
import './head-row.js';
import './notices.js';
import './selection-bar.js';
import { registerLibraryKeys } from './keys.js';
import { keepPlace, keepSelection, placeIn, restoreSelection } from './place.js';
import { resizeHandle } from './panel-width.js';
import { listenToPointer } from './pointer.js';
import { LibraryState } from './state.js';

/** @typedef {import('pa/core/router.js').Route} Route */
/** @typedef {import('pa/grid/marks.js').Mark} Mark */
/** @typedef {import('pa/grid/navigation.js').Move} Move */
/** @typedef {import('pa/grid/view.js').PhotoView} PhotoView */

const PLACE_MS = 250;
const COUNT_MS = 60;
const SIZE_STEP = 24;
const FOCUS_ROOM_PX = 160;

class LibraryPage {
  state = new LibraryState((view) => this.#show(view));
  #host;
  #grid;
  #scrubber;
  #filters = /** @type {import('pa/grid/filters/panel.js').PaFilterPanel} */ (document.createElement('pa-filter-panel'));
  #info = /** @type {import('pa/grid/info-panel.js').PaInfoPanel} */ (document.createElement('pa-info-panel'));
  #area = document.createElement('div');
  #shown = /** @type {PhotoView | null} */ (null);
  #away = false;
  #top = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #placing;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #counting;
  /** @type {(() => void)[]} */
  #stops = [];
  /** @type {() => void} */
  #drawn = () => {};

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
    this.#area.className = 'library-area';
    this.#grid = new GridView(this.#area, { open: (index) => this.open(index), moved: () => this.#moved(), drawn: () => this.#laidOut() });
    this.#grid.rowHeight = this.state.rowHeight.peek();
    this.#scrubber = new Scrubber(this.#grid);
    this.#area.append(this.#scrubber.element);
    this.#build();
    this.#follow();
  }

  /** @param {Route} route */
  async start(route) {
    const drawn = new Promise((resolve) => { this.#drawn = () => resolve(undefined); });
    await this.state.show(route.query);
    if (this.state.view.peek()?.feed.count) await drawn;
  }

  /** @param {Route} route another query, or the same page again by Back */
  go(route) {
    if (this.#away) return;
    this.state.path = route.path;
    void this.state.show(route.query);
    if (this.state.loading.peek()) clearTimeout(this.#counting);
  }

  /** The loupe opens: keep everything, listen to nothing. */
  suspend() {
    clearTimeout(this.#placing);
    this.#away = true;
    this.#top = this.#grid.top;
    selectedCount.value = 0;
  }

  /** @param {Route} route */
  async resume(route) {
    this.#away = false;
    await this.state.show(route.query);
    this.#grid.resume();
    this.#grid.jumpTo(this.#top);
    this.#grid.focus();
    selectedCount.value = this.#shown?.selection.count ?? 0;
  }

  close() {
    clearTimeout(this.#counting);
    for (const stop of this.#stops) stop();
    this.#scrubber.close();
    this.#grid.close();
    this.state.close();
    selectedCount.value = 0;
  }

  /** @param {number} index */
  open(index) {
    const view = this.state.view.peek();
    if (!view || index < 0) return;
    view.selection.focusOn(index);
    this.#openLoupe(loupeAddress(view, view.feed.ids[index]));
  }

  /** The loupe's history entry knows that Back leads here. @param {string} address */
  #openLoupe(address) {
    keepPlace(this.#grid);
    navigate(address);
    history.replaceState({ ...history.state, fromLibrary: true }, '');
  }

  #build() {
    const { state } = this, main = document.createElement('section'), left = document.createElement('aside'), right = document.createElement('aside');
    main.className = 'library-main';
    main.setAttribute('aria-label', 'Photos');
    left.className = 'library-left';
    left.setAttribute('aria-label', 'Filters');
    right.className = 'library-right';
    right.setAttribute('aria-label', 'Details');
    const head = withState(/** @type {import('./head-row.js').PaLibraryHead} */ (document.createElement('pa-library-head')), state);
    head.resize = (height) => this.#resize(height);
    const bar = withState(/** @type {import('./selection-bar.js').PaSelectionBar} */ (document.createElement('pa-selection-bar')), state);
    bar.id = 'selection-bar';
    bar.mark = (mark) => void this.#mark(mark, false);
    bar.hidden = true;
    const chips = withState(/** @type {import('./chips-row.js').PaFilterChips} */ (document.createElement('pa-filter-chips')), state);
    const notice = withState(/** @type {import('./notices.js').PaLibraryNotice} */ (document.createElement('pa-library-notice')), state);
    this.#filters.params = state.params;
    this.#filters.apply = state.apply;
    this.#stops.push(this.#overlay(this.#filters, 'left', 'filters'), this.#overlay(this.#info, 'right', 'details'));
    left.append(this.#filters, resizeHandle(left));
    this.#info.giveUpStars = (photo) => {
      const view = state.view.peek(), index = view?.feed.indexOf(photo) ?? -1;
      if (view && index >= 0) void setMark(view, Uint32Array.of(index), { kind: 'stars', value: null });
    };
    right.append(this.#info);
    const notes = /** @type {import('pa/grid/view-notes.js').PaViewNotes} */ (document.createElement('pa-view-notes'));
    this.#stops.push(effect(() => {
      const view = state.view.value, params = state.params.value, there = view?.key === viewKey(params);
      notes.context.value = { params, count: view && there ? view.feed.count : -1, token: view?.token ?? '', apply: state.apply, refresh: () => void state.refresh() };
    }));
    main.append(head, bar, notes, chips, notice, this.#area);
    this.#host.className = 'page-host library';
    this.#host.append(left, main, right);
    this.#host.addEventListener('click', (event) => { if (event.target === this.#host) state.closePanels(); });
    this.#stops.push(effect(() => {
      const view = state.view.value, { left: leftOpen, right: rightOpen } = state.panels.value;
      view?.selected.value;
      bar.hidden = !view || view.selection.count === 0;
      head.hidden = !bar.hidden;
      this.#host.toggleAttribute('data-left', leftOpen);
      this.#host.toggleAttribute('data-right', rightOpen);
      this.#area.toggleAttribute('data-loading', state.loading.value);
      this.#area.hidden = view?.feed.count === 0 || (!view && state.failure.value !== '');
    }));
  }

  /** @param {import('pa/grid/filters/panel.js').PaFilterPanel | import('pa/grid/info-panel.js').PaInfoPanel} panel @param {'left' | 'right'} side @param {string} name in `data-opens` of its buttons */
  #overlay(panel, side, name) {
    const { state } = this, buttons = () => /** @type {HTMLElement[]} */ ([...this.#host.querySelectorAll(`[data-opens=${name}]`)]);
    return followOverlay(panel, {
      isOpen: () => state.panels.value[side], close: () => state.togglePanel(side),
      opener: (from) => (this.#area.contains(from) ? this.#grid : buttons().find((button) => button.checkVisibility())),
    });
  }

  #follow() {
    const { state } = this;
    this.#stops.push(
      effect(() => { const facets = this.#filters.store.facets.value; if (facets) untracked(() => state.counted(facets.count)); }),
      effect(() => {
        const view = state.view.value;
        view?.selected.value;
        untracked(() => this.#selectionChanged());
      }),
      effect(() => { const view = state.view.value; view?.marks.value; this.#info.marks.value = untracked(() => this.#info.marks.value) + 1; }),
      followBrightness(this.#info, () => state.panels.value.right),
      followMarks(() => state.view.peek()),
      effect(() => { const view = state.view.value; if (view) untracked(() => catchUp(view)); }),
      listenToPointer(this.#grid, this.#area, { open: (index) => this.open(index), resize: (height, y) => this.#resize(height, y) }),
      registerLibraryKeys({
        move: (move, extend) => this.#move(move, extend), mark: (mark, advance) => void this.#mark(mark, advance),
        open: () => this.open(this.#focusOrFirst()), survey: () => this.#survey(), selectAll: () => state.view.peek()?.selection.selectAll(),
        toggleFocused: () => this.#toggleFocused(), back: () => this.#back(), resize: (by) => this.#resize(state.rowHeight.peek() + by * SIZE_STEP),
        info: () => state.togglePanel('right'), focusGrid: () => this.#grid.focus(), fullScreen: toggleFullScreen,
      }),
    );
    const leave = () => { if (!this.#away) keepPlace(this.#grid); };
    window.addEventListener('pagehide', leave);
    this.#stops.push(() => window.removeEventListener('pagehide', leave));
  }

  /** @param {PhotoView} view */
  #show(view) {
    const before = this.#shown;
    this.#shown = view;
    clearTimeout(this.#counting);
    restoreSelection(view);
    const again = before && before.key === view.key ? this.#sameSpot(before, view) : placeIn(view);
    this.#grid.show(view, again ?? focusedSpot(view));
    if (view.feed.count === 0) this.#count();
  }

  /** The view was fetched anew: stay at the photo the user looks at. @param {PhotoView} before @param {PhotoView} view */
  #sameSpot(before, view) {
    if (this.#grid.top === 0) return null;
    const anchor = this.#grid.anchor();
    const index = anchor ? view.feed.indexOf(before.feed.ids[anchor.index]) : -1;
    return anchor && index >= 0 ? { ...anchor, index } : null;
  }

  #laidOut() {
    this.#scrubber.update();
    this.#count();
    this.#drawn();
  }

  /** Count for the filter panel, once the photos are on screen and their pictures asked for. */
  #count() {
    clearTimeout(this.#counting);
    this.#counting = setTimeout(() => this.#filters.store.follow(viewKey(this.state.params.peek()), this.#shown?.readAt), COUNT_MS);
  }

  #moved() {
    const { layout } = this.#grid;
    if (!layout) return;
    this.#scrubber.moved();
    this.state.section.value = this.#grid.sectionOnTop();
    clearTimeout(this.#placing);
    this.#placing = setTimeout(() => { if (!this.#away) keepPlace(this.#grid); }, PLACE_MS);
  }

  #selectionChanged() {
    const view = this.state.view.peek();
    if (!view) return;
    const { focus, count } = view.selection;
    if (!this.#away) selectedCount.value = count;
    this.#info.photo.value = focus >= 0 && focus < view.feed.count ? view.feed.ids[focus] : 0;
    clearTimeout(this.#placing);
    this.#placing = setTimeout(() => {
      if (this.#away) return;
      keepSelection(view);
      keepPlace(this.#grid);
    }, PLACE_MS);
  }

  /** @param {Move} move @param {boolean} extend */
  #move(move, extend) {
    const view = this.state.view.peek(), to = this.#grid.move(move);
    if (!view || to < 0) return;
    if (extend) view.selection.extend(to, false);
    else if (view.selection.count > 0) view.selection.only(to);
    else view.selection.focusOn(to);
    this.#grid.focus();
  }

  /** @param {Mark} mark @param {boolean} advance */
  async #mark(mark, advance) {
    const view = this.state.view.peek();
    if (!view) return;
    const targets = view.selection.targets();
    if (targets.length === 0) {
      showToast('Choose a photo first.');
      return;
    }
    const done = setMark(view, targets, mark);
    if (advance && targets.length === 1) this.#move('right', false);
    await done;
  }

  #focusOrFirst() {
    const view = this.state.view.peek();
    return view && view.selection.focus >= 0 ? view.selection.focus : this.#grid.firstVisible();
  }

  #toggleFocused() {
    const view = this.state.view.peek(), index = this.#focusOrFirst();
    if (view && index >= 0) view.selection.toggle(index);
  }

  #survey() {
    const view = this.state.view.peek(), first = this.#focusOrFirst();
    if (!view || first < 0) return;
    const { count } = view.selection, chosen = count >= 2 ? [...view.selection.indexes()].slice(0, 4) : [first, first + 1].filter((index) => index < view.feed.count);
    if (chosen.length < 2) {
      showToast('Select 2 to 4 photos to see them side by side.');
      return;
    }
    const ids = chosen.map((index) => view.feed.ids[index]), address = new URL(loupeAddress(view, ids[0]), location.href);
    address.searchParams.set('survey', ids.join(','));
    this.#openLoupe(address.pathname + address.search);
  }

  #back() {
    const view = this.state.view.peek(), { left, right } = this.state.panels.peek();
    if (innerWidth < 1200 && (left || right)) {
      this.state.closePanels();
      return true;
    }
    if (!view || view.selection.count === 0) return false;
    view.selection.clear();
    return true;
  }

  /** @param {number} height @param {number} [clientY] */
  #resize(height, clientY) {
    this.#grid.setRowHeight(height, clientY);
    this.state.setRowHeight(this.#grid.rowHeight);
  }
}

/** A view that comes with a focus (from the loupe) starts at that photo. @param {PhotoView} view */
function focusedSpot(view) {
  return view.selection.focus >= 0 ? { index: view.selection.focus, share: 0, offset: FOCUS_ROOM_PX } : null;
}

/** @param {PhotoView} view @param {number} id */
function loupeAddress(view, id) {
  return `/library/photo/${id}${view.key ? `?${view.key}` : ''}`;
}

/** @template {{state: LibraryState}} T @param {T} element @param {LibraryState} state */
function withState(element, state) {
  element.state = state;
  return element;
}

/** Hear of other queries and of Back while the page stays. @param {LibraryPage} page */
function followRoute(page) {
  let first = true;
  return effect(() => {
    const to = route.value;
    if (!first && to.page === 'library') untracked(() => page.go(to));
    first = false;
  });
}

/** @param {HTMLElement} host @param {Route} to */
export async function mountLibrary(host, to) {
  const page = new LibraryPage(host), stop = followRoute(page);
  await page.start(to);
  return {
    suspend: () => page.suspend(),
    resume: (/** @type {Route} */ again) => page.resume(again),
    unmount: () => {
      stop();
      page.close();
    },
  };
}
