/**
 * The grid: shows any part of a view of any length with about a hundred recycled tiles. Owns scrolling, layout requests,
 * recycling and focus; what a click or key means is decided by the page (`GridActions`).
 *
 * Heights come exact from the layout worker, so nothing shifts. The scroll area is a window of the view (scroll-window.js)
 * that is moved while the user rests.
 */
import { effect, untracked } from 'pa/core/signals.js';
import { cards } from './cards.js';
import { DayHeadings } from './day-headings.js';
import { HoverScrub } from './hover-scrub.js';
import { LayoutClient } from './layout-client.js';
import { DEFAULT_OPTIONS, rowAt, rowOf, sectionAt } from './layout.js';
import { middleOf, moved } from './navigation.js';
import { Pictures } from './pictures.js';
import { GridRows } from './rows.js';
import { ScrollWindow } from './scroll-window.js';

/** @typedef {import('./layout.js').Layout} Layout */
/** @typedef {import('./navigation.js').Move} Move */
/** @typedef {import('./view.js').PhotoView} PhotoView */
/** A place in a view that survives other widths, row heights and photos. share: how far into its row, offset: px below the
 * upper edge. @typedef {{index: number, share: number, offset: number}} Anchor */
/** @typedef {{open: (index: number) => void, moved: (top: number) => void, drawn: () => void}} GridActions */

const SMALLEST_ROW = 90, LARGEST_ROW = 360;
/** Faster than this (px per ms) nobody sees a picture: none is asked for. */
const FLYING = 6;
const SETTLE_MS = 90;
const OVERSCAN_PX = 500;
/** Rows beyond the screen are only kept while there are fewer tiles than this. */
const TILE_BUDGET = 112;

export class GridView {
  scroller = document.createElement('div');
  #canvas = document.createElement('div');
  #area = new ScrollWindow();
  #pictures = new Pictures();
  #rows = new GridRows(this.#canvas, this.#pictures, () => this.#holdKeyboard());
  #headings = new DayHeadings(this.#canvas, (section) => this.#toggleSection(section));
  #layouts = new LayoutClient((layout) => this.#laidOut(layout));
  #resizes = new ResizeObserver(() => this.#resized());
  #scrub = new HoverScrub(this.scroller);
  /** @type {PhotoView | null} */
  view = null;
  /** @type {Layout | null} */
  layout = null;
  /** The view the current layout belongs to. @type {PhotoView | null} */
  #laidOutView = null;
  rowHeight = DEFAULT_OPTIONS.target;
  /** Where to go once the layout is there. @type {Anchor | null} */
  #goal = null;
  #lastY = 0;
  #lastTime = 0;
  #frame = 0;
  #goalX = -1;
  #holding = false;
  #hidden = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling;
  /** @type {(() => void)[]} */
  #stops = [];
  /** Milliseconds of the last render steps, for the benchmark. @type {number[]} */
  renderTimes = [];

  /** @param {HTMLElement} host @param {GridActions} actions */
  constructor(host, actions) {
    this.actions = actions;
    this.scroller.id = 'grid';
    this.scroller.className = 'grid';
    this.scroller.setAttribute('role', 'grid');
    this.scroller.setAttribute('aria-label', 'Photos');
    this.scroller.setAttribute('aria-multiselectable', 'true');
    this.scroller.tabIndex = 0;
    this.#canvas.className = 'grid-canvas';
    this.scroller.append(this.#canvas);
    /** @type {any} */ (this.scroller).gridView = this; // for the benchmark and for looking in from the console
    host.append(this.scroller);
    this.scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.scroller.addEventListener('focus', () => this.#focusCame());
    this.#resizes.observe(this.scroller);
  }

  get layoutMilliseconds() { return this.#layouts.lastMilliseconds; }
  get tileCount() { return this.#rows.tileCount; }
  /** Upper edge of what is seen, in px of the view. Kept, not read from the page: reading after writing costs a layout. */
  top = 0;
  /** Whether what is on screen is the view that was asked for. */
  get isDrawn() { return this.view !== null && this.#laidOutView === this.view; }
  get maxTop() { return this.#area.maxTop; }

  /** Show a view. goal: where to start (default: its beginning). @param {PhotoView} view @param {Anchor | null} [goal] */
  show(view, goal = null) {
    this.view = view;
    this.#goal = goal ?? { index: 0, share: 0, offset: Infinity };
    for (const stop of this.#stops.splice(0)) stop();
    this.#stops.push(
      effect(() => { view.marks.value; untracked(() => this.#rows.refreshBits(view)); }),
      effect(() => { view.selected.value; untracked(() => this.#rows.refreshSelection(view)); }),
    );
    this.#requestLayout();
  }

  /** @param {number} height px @param {number} [clientY] keep the photo at this height of the screen where it is */
  setRowHeight(height, clientY) {
    const next = Math.round(Math.max(SMALLEST_ROW, Math.min(LARGEST_ROW, height)));
    if (next === this.rowHeight) return;
    if (this.layout) this.#goal = this.anchor(clientY === undefined ? undefined : clientY - this.scroller.getBoundingClientRect().top);
    this.rowHeight = next;
    this.#requestLayout();
  }

  /**
   * Where the user is: the photo with the focus if it is on screen, else the first row; or the row at an offset.
   * @param {number} [offset] px below the upper edge @returns {Anchor | null}
   */
  anchor(offset) {
    const { layout, view } = this;
    if (!layout || !view || layout.rows === 0) return null;
    const { top } = this, { focus } = view.selection;
    if (offset === undefined && focus >= 0) {
      const row = rowOf(layout, focus), y = layout.rowTop[row] - top;
      if (y >= 0 && y < this.#area.viewport - 40) return { index: focus, share: 0, offset: y };
    }
    const y = offset ?? 0, row = rowAt(layout, top + y), into = top + y - layout.rowTop[row];
    if (into < 0 || into > layout.rowHeight[row]) return { index: layout.rowFirst[row], share: 0, offset: y - into };
    return { index: layout.rowFirst[row], share: into / layout.rowHeight[row], offset: y };
  }

  /** Bring a height of the view to the upper edge. @param {number} y */
  jumpTo(y) {
    this.#setTop(y, true);
  }

  /** Scroll as little as needed to see a photo. @param {number} index @param {'nearest' | 'centre'} [where] */
  reveal(index, where = 'nearest') {
    const { layout } = this;
    if (!layout || index < 0) return;
    const row = rowOf(layout, index), y = layout.rowTop[row], height = layout.rowHeight[row], { viewport } = this.#area, { top } = this;
    const headroom = layout.sectionRow[sectionAt(layout, y)] === row ? layout.options.dayHeader + 4 : 8;
    if (where === 'centre' && (y < top || y + height > top + viewport)) this.#setTop(y - (viewport - height) / 2, false);
    else if (y - headroom < top) this.#setTop(y - headroom, false);
    else if (y + height + 8 > top + viewport) this.#setTop(y + height + 8 - viewport, false);
  }

  /** Move the focus by a key; answers the new position. @param {Move} move */
  move(move) {
    const { layout, view } = this;
    if (!layout || !view || view.feed.count === 0) return -1;
    const from = view.selection.focus;
    if (from < 0) return this.firstVisible();
    const sideways = move !== 'up' && move !== 'down' && move !== 'page-up' && move !== 'page-down';
    if (sideways || this.#goalX < 0) this.#goalX = middleOf(layout, view.layoutInput, from);
    const to = moved(layout, view.layoutInput, from, move, { goalX: this.#goalX, viewport: this.#area.viewport });
    if (sideways) this.#goalX = middleOf(layout, view.layoutInput, to);
    return to;
  }

  /** The first photo that is wholly on screen. */
  firstVisible() {
    const { layout } = this;
    if (!layout || layout.rows === 0) return -1;
    const row = rowAt(layout, this.top);
    return layout.rowFirst[layout.rowTop[row] < this.top - 2 && row + 1 < layout.rows ? row + 1 : row];
  }

  /** The section at the upper edge, −1 while nothing is laid out: also one of which only the heading is there yet. */
  sectionOnTop() {
    const { layout, view } = this;
    if (!layout || !view || layout.rows === 0) return -1;
    const y = this.top + layout.options.monthHeader + 1, last = sectionAt(layout, y), row = layout.sectionRow[last];
    return rowAt(layout, y) <= row ? view.feed.sectionOf(layout.rowFirst[row]) : last; // days that share a row: the first of them
  }

  /** Give the photo with the focus the keyboard. @param {{reveal?: boolean}} [options] */
  focus({ reveal = true } = {}) {
    const { view } = this;
    if (!view) return;
    if (view.selection.focus >= 0 && reveal) this.reveal(view.selection.focus);
    const element = this.#rows.elementOf(view.selection.focus);
    (element ?? this.scroller).focus({ preventScroll: true });
  }

  /** The page comes back after it was hidden. */
  resume() {
    this.#resized();
    this.#render(true);
  }

  close() {
    clearTimeout(this.#settling);
    cancelAnimationFrame(this.#frame);
    for (const stop of this.#stops) stop();
    this.#resizes.disconnect();
    this.#scrub.close();
    this.#layouts.close();
    this.#pictures.close();
  }

  #requestLayout() {
    const width = this.#canvas.clientWidth;
    if (!this.view || width === 0) return;
    this.#layouts.request(this.view.layoutInput, { ...DEFAULT_OPTIONS, width, target: this.rowHeight });
  }

  #resized() {
    this.#hidden = this.scroller.clientHeight === 0; // the page is put away
    if (this.#hidden) return;
    if (this.layout && this.#laidOutView === this.view && !this.#goal) this.#goal = this.anchor();
    this.#area.resize(this.layout?.height ?? 0, this.scroller.clientHeight);
    if (this.layout?.options.width !== this.#canvas.clientWidth || this.#laidOutView !== this.view) this.#requestLayout();
    else {
      this.#goal = null;
      this.#render(false);
    }
  }

  /** @param {Layout} layout */
  #laidOut(layout) {
    const { view } = this;
    if (!view) return;
    this.layout = layout;
    this.#laidOutView = view;
    this.scroller.setAttribute('aria-rowcount', String(layout.rows));
    this.#area.resize(layout.height, this.scroller.clientHeight);
    this.#canvas.style.blockSize = `${this.#area.span}px`;
    const goal = this.#goal;
    this.#goal = null;
    this.#rows.clear();
    this.#headings.clear();
    this.#setTop(goal && layout.rows ? this.#heightOf(goal) : 0, true);
    this.actions.drawn();
  }

  /** @param {Anchor} anchor */
  #heightOf({ index, share, offset }) {
    const layout = /** @type {Layout} */ (this.layout), row = rowOf(layout, Math.max(0, index));
    return Math.max(0, layout.rowTop[row] + share * layout.rowHeight[row] - (offset === Infinity ? layout.height : offset));
  }

  /** @param {number} y @param {boolean} recentre */
  #setTop(y, recentre) {
    const before = this.#area.base, scrollTop = this.#area.moveTo(y, recentre && this.#area.maxBase > 0);
    this.scroller.scrollTop = scrollTop;
    this.top = this.#area.toView(scrollTop);
    if (this.#area.base !== before) {
      this.#rows.move(this.#area.base);
      this.#headings.move(this.#area.base);
    }
    this.#render(false);
  }

  #scrolled() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame((time) => {
      this.#frame = 0;
      const { scrollTop } = this.scroller, y = this.#area.toView(scrollTop);
      if (this.#hidden || y === this.top) return;
      const speed = Math.abs(y - this.top) / Math.max(1, time - this.#lastTime);
      this.#lastTime = time;
      this.top = y;
      if (speed > FLYING) this.#pictures.pause();
      if (this.#area.atEnd(scrollTop)) this.#setTop(y, true);
      else this.#render(false);
    });
  }

  /** @param {boolean} anew */
  #render(anew) {
    const { layout, view } = this;
    if (!layout || !view || this.#laidOutView !== view) return;
    const started = performance.now(), { top } = this, bottom = top + this.#area.viewport;
    if (Math.abs(top - this.#lastY) > this.#area.viewport * 2) this.#pictures.pause();
    this.#lastY = top;
    if (layout.rows > 0) {
      const [from, to] = this.#rowRange(layout, top, bottom);
      if (anew) this.#rows.clear();
      this.#rows.render(view, layout, from, to, this.#area.base);
      if (view.feed.meta.sections !== 'none') this.#headings.render(view, layout, from, to, this.#area.base);
    }
    this.actions.moved(top);
    this.#keep(performance.now() - started);
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#settled(), SETTLE_MS);
  }

  /** Rows on screen and as many beyond as the tiles suffice for. @param {Layout} layout @param {number} top @param {number} bottom */
  #rowRange(layout, top, bottom) {
    const first = rowAt(layout, top), last = rowAt(layout, bottom);
    let from = rowAt(layout, Math.max(0, top - OVERSCAN_PX)), to = rowAt(layout, bottom + OVERSCAN_PX);
    const tiles = () => layout.rowFirst[to + 1] - layout.rowFirst[from];
    while (tiles() > TILE_BUDGET && (from < first || to > last)) {
      if (to - last >= first - from) to--;
      else from++;
    }
    return [from, to];
  }

  #settled() {
    this.#pictures.resume();
    const { view } = this;
    if (!view || this.#hidden) return;
    if (this.#area.nearEdge(this.top - this.#area.base)) this.#setTop(this.top, true);
    const shown = this.#rows.ids();
    this.#headings.settled(view);
    cards.have(shown).then(() => this.#rows.refreshCards(), () => {}); // names come with the next rest
  }

  /** The photo with the focus scrolled away: the grid keeps the keyboard until it is back. */
  #holdKeyboard() {
    this.#holding = true;
    this.scroller.focus({ preventScroll: true });
    this.#holding = false;
  }

  /** Tab came to the grid itself: hand it on to the photo with the focus. */
  #focusCame() {
    const { view } = this;
    if (this.#holding || !view || view.feed.count === 0) return;
    if (view.selection.focus < 0) view.selection.focusOn(Math.max(0, this.firstVisible()));
    this.focus();
  }

  /** @param {number} section */
  #toggleSection(section) {
    const feed = this.view?.feed;
    if (feed) this.view?.selection.toggleRange(feed.sectionFirst[section], feed.sectionFirst[section + 1]);
  }

  /** @param {number} milliseconds */
  #keep(milliseconds) {
    this.renderTimes.push(milliseconds);
    if (this.renderTimes.length > 5000) this.renderTimes.splice(0, 2500);
  }
}
