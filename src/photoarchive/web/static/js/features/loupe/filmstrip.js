/** The filmstrip: every photo of the view in a row under the stage, drawn only where it is seen. */
import { effect, untracked } from 'pa/core/signals.js';
import { cards } from 'pa/grid/cards.js';
import { lastAtMost } from 'pa/grid/feed.js';
import { TILE_ASPECTS } from 'pa/grid/layout.js';
import { Pictures } from 'pa/grid/pictures.js';
import { Tile } from 'pa/grid/tile.js';

/** @typedef {import('pa/grid/view.js').PhotoView} PhotoView */

const HEIGHT = 74, GAP = 3, BEYOND_PX = 200, CLICK_PX = 5;
const FLYING = 6, SETTLE_MS = 90;

export class Filmstrip {
  element = document.createElement('div');
  #strip = document.createElement('div');
  #pictures = new Pictures();
  /** @type {PhotoView | null} */
  #view = null;
  /** Left edges of all photos, and the end. @type {Float64Array} */
  #lefts = new Float64Array(1);
  #current = -1;
  /** Position of the strip at the left edge of what is seen. */
  #offset = 0;
  #width = 0;
  /** @type {Map<number, Tile>} */
  #shown = new Map();
  /** @type {Tile[]} */
  #spare = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling;
  #lastMove = 0;
  #stop = () => {};
  #choose;
  #sizes = new ResizeObserver(() => this.#resized());

  /** @param {(index: number) => void} choose */
  constructor(choose) {
    this.#choose = choose;
    this.element.className = 'filmstrip';
    this.element.setAttribute('role', 'group');
    this.element.setAttribute('aria-label', 'Photos of this view');
    this.#strip.className = 'filmstrip-strip';
    this.element.append(this.#strip);
    this.element.addEventListener('wheel', (event) => {
      event.preventDefault();
      this.#moveTo(this.#offset + (Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY));
    }, { passive: false });
    this.element.addEventListener('pointerdown', (event) => this.#press(event));
    this.element.addEventListener('keydown', (event) => {
      const index = event.key === 'Enter' || event.key === ' ' ? indexOf(event.target) : -1;
      if (index < 0) return;
      event.preventDefault();
      this.#choose(index);
    });
    this.#sizes.observe(this.element);
  }

  /** @param {PhotoView} view */
  setView(view) {
    if (view === this.#view) return;
    this.#stop();
    this.#view = view;
    this.#lefts = edges(view.feed.aspects);
    for (const tile of [...this.#shown.values()]) this.#release(tile);
    this.#stop = effect(() => {
      view.marks.value;
      untracked(() => this.#refreshBits());
    });
  }

  /** Bring a photo to the middle. @param {number} index */
  goTo(index) {
    const before = this.#shown.get(this.#current);
    before?.element.removeAttribute('aria-current');
    if (before) before.element.tabIndex = -1;
    this.#current = index;
    if (index < 0 || !this.#view) return;
    this.#moveTo((this.#lefts[index] + this.#lefts[index + 1] - GAP) / 2 - this.#width / 2);
  }

  close() {
    clearTimeout(this.#settling);
    this.#stop();
    this.#sizes.disconnect();
    this.#pictures.close();
  }

  #resized() {
    this.#width = this.element.clientWidth;
    if (this.#width) this.goTo(this.#current);
  }

  /** @param {number} offset */
  #moveTo(offset) {
    const end = this.#lefts[this.#lefts.length - 1] - GAP, now = performance.now(), from = this.#offset;
    this.#offset = end <= this.#width ? (end - this.#width) / 2 : Math.min(end - this.#width, Math.max(0, offset));
    if (Math.abs(this.#offset - from) / Math.max(1, now - this.#lastMove) > FLYING && now - this.#lastMove < 100) this.#pictures.pause();
    this.#lastMove = now;
    this.#render();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#settled(), SETTLE_MS);
  }

  #settled() {
    this.#pictures.resume();
    cards.have([...this.#shown.values()].map(({ id }) => id)).then(() => {
      for (const tile of this.#shown.values()) {
        const card = cards.get(tile.id);
        if (card && card !== tile.card) tile.showCard(card);
      }
    }, () => {}); // names come with the next rest
  }

  #render() {
    const view = this.#view;
    if (!view || view.feed.count === 0 || this.#width === 0) return;
    const n = view.feed.count, first = lastAtMost(this.#lefts, this.#offset - BEYOND_PX, n), last = lastAtMost(this.#lefts, this.#offset + this.#width + BEYOND_PX, n);
    for (const [index, tile] of this.#shown) if (index < first || index > last) this.#release(tile);
    for (let index = first; index <= last; index++) {
      const tile = this.#shown.get(index) ?? this.#acquire(view, index);
      tile.element.style.transform = `translateX(${Math.round(this.#lefts[index] - this.#offset)}px)`;
    }
    const current = this.#shown.get(this.#current);
    if (current) {
      current.element.setAttribute('aria-current', 'true');
      current.element.tabIndex = 0;
    }
  }

  /** @param {PhotoView} view @param {number} index */
  #acquire(view, index) {
    const tile = this.#spare.pop() ?? new Tile('button');
    tile.show(view.feed, index, cards.get(view.feed.ids[index]));
    tile.place(0, Math.round(this.#lefts[index + 1] - this.#lefts[index] - GAP), HEIGHT);
    tile.element.hidden = false;
    if (!tile.element.isConnected) this.#strip.append(tile.element);
    this.#pictures.show(tile);
    this.#shown.set(index, tile);
    return tile;
  }

  /** @param {Tile} tile */
  #release(tile) {
    this.#pictures.release(tile);
    tile.element.hidden = true;
    tile.element.removeAttribute('aria-current');
    tile.element.tabIndex = -1;
    this.#shown.delete(tile.index);
    tile.clear();
    this.#spare.push(tile);
  }

  #refreshBits() {
    const bits = this.#view?.feed.bits;
    if (bits) for (const tile of this.#shown.values()) if (tile.bits !== bits[tile.index]) tile.showBits(bits[tile.index]);
  }

  /** Press and drag moves the strip, a click chooses. @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    const target = event.target, startX = event.clientX, from = this.#offset, controller = new AbortController(), { signal } = controller;
    let dragged = false;
    this.element.setPointerCapture(event.pointerId);
    this.element.addEventListener('pointermove', (at) => {
      if (!dragged && Math.abs(at.clientX - startX) <= CLICK_PX) return;
      dragged = true;
      this.#moveTo(from + startX - at.clientX);
    }, { signal });
    this.element.addEventListener('pointerup', () => {
      controller.abort();
      const index = indexOf(target);
      if (!dragged && index >= 0) this.#choose(index);
    }, { signal });
    this.element.addEventListener('pointercancel', () => controller.abort(), { signal });
  }
}

/** @param {EventTarget | null} target */
function indexOf(target) {
  const element = target instanceof Element ? target.closest('.tile') : null;
  return /** @type {any} */ (element)?.tile?.index ?? -1;
}

/** @param {Uint8Array} aspects */
function edges(aspects) {
  const lefts = new Float64Array(aspects.length + 1);
  for (let i = 0; i < aspects.length; i++) lefts[i + 1] = lefts[i] + Math.round(HEIGHT * Math.min(2.2, TILE_ASPECTS[aspects[i]])) + GAP;
  return lefts;
}
