/** A/B and Top 50: two photos of equal area; Z shows both at 1:1, the same part of each. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { effect, signal, untracked } from 'pa/core/signals.js';
import { styles } from 'pa/ui/styles.js';
import { pairLayout, placeAt } from './pair-layout.js';
import { pictureOf } from './pictures.js';

/** @typedef {import('./api.js').Card} Card */
/** @typedef {import('./pair-layout.js').Size} Size */

const SIDES = /** @type {const} */ (['left', 'right']);
/** A pointer that moved this far was looking around, not choosing. */
const MOVED_PX = 8;
const MIDDLE = { x: 0.5, y: 0.5 };

export class PaPair extends PaElement {
  /** @type {import('./state.js').CompareState} */
  state = /** @type {any} */ (null);
  #room = signal({ width: 0, height: 0 });
  #centre = signal(MIDDLE);
  /** Counts pictures that arrived at 1:1. */
  #arrived = signal(0);
  #from = { x: 0, y: 0, touch: false };

  connected() {
    this.tabIndex = -1;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', 'Choose the better photo');
    const sizes = new ResizeObserver(() => { this.#room.value = { width: this.clientWidth, height: this.clientHeight }; });
    sizes.observe(this);
    this.#room.value = { width: this.clientWidth, height: this.clientHeight };
    this.whenGone(() => sizes.disconnect());
    this.whenGone(effect(() => { this.state.board.value; untracked(() => this.#newPair()); }));
    this.whenGone(effect(() => { if (this.state.zoomed.value) untracked(() => this.#fetchFull()); }));
  }

  template() {
    const { state } = this, board = state.board.value, { width, height } = this.#room.value;
    this.dataset.board = board?.id ?? '';
    if (!board || width <= 0) return nothing;
    const { stacked, sizes } = pairLayout(board.images.map((card) => card.aspect_ratio ?? 1.5), width, height);
    this.classList.toggle('is-stacked', stacked);
    const pane = stacked ? { width, height: (height - 6) / 2 } : { width: (width - 6) / 2, height };
    return html`${board.images.map((card, index) => this.#pane(card, index, sizes[index], pane, stacked ? '↑↓' : '←→'))}`;
  }

  /** @param {Card} card @param {number} index @param {Size} size @param {Size} pane @param {string} arrows */
  #pane(card, index, size, pane, arrows) {
    const { state } = this, side = SIDES[index], zoomed = state.zoomed.value, won = state.won.value === card.id;
    return html`<button type="button" id=${`compare-${side}`} class="pair-pane ${won ? 'is-won' : ''} ${zoomed ? 'is-zoomed' : ''}" data-photo-id=${card.id}
      aria-label=${`${index === 0 ? 'Left' : 'Right'} photo, ${card.filename}`} aria-keyshortcuts=${index === 0 ? 'ArrowLeft' : 'ArrowRight'}
      @click=${(/** @type {MouseEvent} */ event) => this.#choose(event, card)} @keydown=${this.#keyDown} @keyup=${noSpace}
      @pointerdown=${this.#pointerDown} @pointermove=${this.#pointerMove}>
      ${zoomed ? this.#atFull(card, pane) : html`<span class="pair-photo" ${styles({ inlineSize: `${size.width}px`, blockSize: `${size.height}px`, backgroundColor: card.colour })}>${this.#picture(card)}</span>`}
      <kbd class="mosaic-key" aria-hidden="true">${arrows[index]}</kbd></button>`;
  }

  /** @param {Card} card */
  #picture(card) {
    const md = pictureOf(card, 'md');
    return (md.ready ? md : pictureOf(card, 'sm')).image;
  }

  /** @param {Card} card @param {Size} pane */
  #atFull(card, pane) {
    this.#arrived.value;
    const full = pictureOf(card, sharpest(card)), photo = naturalSize(card, full.image);
    const { x, y } = placeAt(photo, pane, this.#centre.value);
    const image = full.ready ? full.image : this.#picture(card);
    return html`<span class="pair-full" ${styles({ inlineSize: `${photo.width}px`, blockSize: `${photo.height}px`, transform: `translate(${x}px, ${y}px)` })}>${image}</span>`;
  }

  /** @param {MouseEvent} event @param {Card} card */
  #choose(event, card) {
    const moved = Math.hypot(event.clientX - this.#from.x, event.clientY - this.#from.y);
    if (event.detail > 0 && this.state.zoomed.peek() && this.#from.touch && moved > MOVED_PX) return;
    this.state.choose(card.id);
  }

  /** @param {PointerEvent} event */
  #pointerDown = (event) => {
    this.#from = { x: event.clientX, y: event.clientY, touch: event.pointerType !== 'mouse' };
  };

  /** The part under the pointer comes to the middle, in both. @param {PointerEvent} event */
  #pointerMove = (event) => {
    if (!this.state.zoomed.peek()) return;
    const box = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    this.#centre.value = { x: share(event.clientX - box.left, box.width), y: share(event.clientY - box.top, box.height) };
  };

  /** @param {KeyboardEvent} event */
  #keyDown = (event) => {
    if (event.key !== ' ' || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.state.skip();
  };

  #newPair() {
    this.#centre.value = MIDDLE;
    if (this.querySelector('.pair-pane:focus')) this.focus({ preventScroll: true });
    for (const card of this.state.board.peek()?.images ?? []) {
      const md = pictureOf(card, 'md');
      if (!md.ready) void md.decoded.then((fine) => { if (fine) this.redraw(); });
    }
  }

  #fetchFull() {
    for (const card of this.state.board.peek()?.images ?? []) {
      void pictureOf(card, sharpest(card)).decoded.then((fine) => { if (fine) this.#arrived.value = this.#arrived.peek() + 1; });
    }
  }
}

/** A film has no picture of its own size. @param {Card} card */
function sharpest(card) {
  return card.kind === 'video' ? 'lg' : 'full';
}

/** One pixel of the photo on one of the screen. @param {Card} card @param {HTMLImageElement} image @returns {Size} */
function naturalSize(card, image) {
  const width = card.width || image.naturalWidth || 1, height = card.height || image.naturalHeight || 1;
  return { width: width / devicePixelRatio, height: height / devicePixelRatio };
}

/** @param {number} at @param {number} size */
function share(at, size) {
  return Math.min(1, Math.max(0, at / Math.max(1, size)));
}

/** @param {KeyboardEvent} event */
function noSpace(event) {
  if (event.key === ' ') event.preventDefault();
}

define('pa-pair', PaPair);
