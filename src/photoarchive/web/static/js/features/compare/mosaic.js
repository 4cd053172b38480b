/** The mosaic: 6 to 16 photos in balanced rows; one choice names the best. Nothing on a tile hints at what is known of it. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { effect, signal, untracked } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { styles } from 'pa/ui/styles.js';
import { pictureOf } from './pictures.js';
import { NARROWEST, WIDEST, mosaicRows, neighbour } from './rows.js';
import { TILE_KEYS } from './strategies.js';

/** @typedef {import('./api.js').Card} Card */
/** @typedef {import('./rows.js').Mosaic} Mosaic */
/** @typedef {import('./rows.js').Box} Box */

/** Sharper pictures are for those who look longer. */
const SHARPER_MS = 300, SHARP_ENOUGH = 1.2;
/** A finger that rests so long on a photo says what Shift says with a click: more are to follow. */
const HOLD_MS = 450, STILL_PX = 10;

export class PaMosaic extends PaElement {
  /** @type {import('./state.js').CompareState} */
  state = /** @type {any} */ (null);
  #room = signal({ width: 0, height: 0 });
  /** Photos whose md picture has taken the place of sm. @type {import('pa/core/signals.js').Signal<ReadonlySet<number>>} */
  #sharp = signal(new Set());
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #sharpening;
  #hovered = -1;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #holding;
  #touch = { x: 0, y: 0, held: false };
  /** Where the last winner was. @type {Box | null} */
  #ring = null;

  connected() {
    this.id = 'mosaic';
    this.tabIndex = -1;
    this.setAttribute('role', 'group');
    this.setAttribute('aria-label', 'Choose the best photo');
    const sizes = new ResizeObserver(() => { this.#room.value = { width: this.clientWidth, height: this.clientHeight }; });
    sizes.observe(this);
    this.#room.value = { width: this.clientWidth, height: this.clientHeight };
    this.whenGone(() => sizes.disconnect());
    this.whenGone(effect(() => { this.state.board.value; untracked(() => this.#newBoard()); }));
  }

  disconnected() {
    clearTimeout(this.#sharpening);
    clearTimeout(this.#holding);
  }

  template() {
    const { state } = this, board = state.board.value, mosaic = this.#layout(), ranked = state.ranked.value, won = state.won.value;
    this.dataset.board = board?.id ?? '';
    if (!board || !mosaic) return nothing;
    const wonAt = board.images.findIndex((card) => card.id === won);
    if (wonAt >= 0) this.#ring = mosaic.boxes[wonAt];
    const ring = won && this.#ring ? boxStyles(this.#ring) : null;
    return html`${board.images.map((card, index) => this.#tile(card, index, mosaic.boxes[index], ranked.indexOf(card.id)))}
      ${ring ? html`<i class="mosaic-ring" ${styles(ring)}></i>` : nothing}
      ${state.zoomed.value ? this.#close(board.images) : nothing}`;
  }

  /** Move the focus with an arrow key. @param {'left' | 'right' | 'up' | 'down'} move */
  move(move) {
    const { state } = this, mosaic = this.#layout();
    if (!mosaic || !state.board.peek()) return;
    state.focus.value = neighbour(mosaic, state.focus.peek(), move);
    this.querySelectorAll('.mosaic-tile')[state.focus.peek()]?.dispatchEvent(new CustomEvent('tile-focus'));
  }

  /** The photo that Z shows: under the pointer, else the focused one. */
  aim() {
    const { focus, board } = this.state;
    if (this.#hovered >= 0 && board.peek()?.images[this.#hovered]) focus.value = this.#hovered;
    else if (focus.peek() < 0) focus.value = 0;
  }

  /** @returns {Mosaic | null} */
  #layout() {
    const board = this.state.board.value, { width, height } = this.#room.value;
    return board && width > 0 ? mosaicRows(board.images.map((card) => card.aspect_ratio ?? 1.5), width, height) : null;
  }

  /** @param {Card} card @param {number} index @param {Box} box @param {number} rank place among the chosen, −1 for none */
  #tile(card, index, box, rank) {
    const { state } = this, key = TILE_KEYS[index], focused = state.focus.value;
    const aspect = card.aspect_ratio ?? 1.5, whole = aspect < NARROWEST || aspect > WIDEST;
    const focus = (/** @type {Event} */ event) => /** @type {HTMLElement} */ (event.target).focus();
    return html`<button type="button" class="mosaic-tile ${whole ? 'is-whole' : ''} ${rank >= 0 ? 'is-ranked' : ''}" data-photo-id=${card.id}
      tabindex=${index === Math.max(0, focused) ? '0' : '-1'} aria-label=${`Photo ${index + 1}, ${card.filename}`} aria-pressed=${rank >= 0 ? 'true' : nothing}
      aria-keyshortcuts=${key.toUpperCase()} ${styles({ ...boxStyles(box), backgroundColor: card.colour })}
      @click=${(/** @type {MouseEvent} */ event) => this.#clicked(event, card.id)}
      @pointerdown=${(/** @type {PointerEvent} */ event) => this.#pressed(event, card.id)} @pointermove=${this.#pointerMoved}
      @pointerup=${this.#released} @pointercancel=${this.#released} @contextmenu=${this.#noMenu}
      @keydown=${this.#keyDown} @keyup=${noSpace} @tile-focus=${focus} @focus=${() => { state.focus.value = index; }}
      @pointerenter=${() => { this.#hovered = index; }} @pointerleave=${() => { this.#hovered = -1; }}>
      ${this.#picture(card)}<kbd class="mosaic-key" aria-hidden="true">${key.toUpperCase()}</kbd>
      ${rank >= 0 ? html`<span class="mosaic-rank">${rank + 1}<span class="visually-hidden"> of your choice</span></span>` : nothing}</button>`;
  }

  /** @param {Card} card */
  #picture(card) {
    const sharp = this.#sharp.value.has(card.id) ? pictureOf(card, 'md') : null;
    return (sharp?.ready ? sharp : pictureOf(card, 'sm')).image;
  }

  /** One photo as large as it fits, over the board. @param {Card[]} images */
  #close(images) {
    const { state } = this, index = Math.max(0, state.focus.value), card = images[index];
    if (!card) return nothing;
    const step = (/** @type {number} */ by) => { state.focus.value = (index + by + images.length) % images.length; };
    const leave = () => { state.zoomed.value = false; };
    return html`<div class="mosaic-close" role="group" aria-label=${`Photo ${index + 1}, ${card.filename}, larger`}>
      <img src=${pictureOf(card, 'md').url} alt="" draggable="false" @click=${leave}>
      <div class="mosaic-close-verbs">
        <button type="button" class="btn-icon" aria-label="Previous photo" @click=${() => step(-1)}>${icon('chevron-left')}</button>
        <button type="button" class="btn btn-primary" @click=${() => { leave(); state.choose(card.id); }}>Choose this photo</button>
        <button type="button" class="btn-icon" aria-label="Next photo" @click=${() => step(1)}>${icon('chevron-right')}</button>
        <button type="button" class="btn" @click=${leave}>All photos</button></div></div>`;
  }

  /** @param {MouseEvent} event @param {number} id */
  #clicked(event, id) {
    const { held } = this.#touch;
    this.#touch.held = false;
    if (!held) this.state.choose(id, { more: event.shiftKey });
  }

  /** @param {PointerEvent} event @param {number} id */
  #pressed(event, id) {
    clearTimeout(this.#holding);
    this.#touch = { x: event.clientX, y: event.clientY, held: false };
    if (event.pointerType === 'mouse') return;
    this.#holding = setTimeout(() => {
      this.#touch.held = true; // the click that follows is part of it
      this.state.choose(id, { more: true });
    }, HOLD_MS);
  }

  /** @param {PointerEvent} event */
  #pointerMoved = (event) => {
    if (Math.hypot(event.clientX - this.#touch.x, event.clientY - this.#touch.y) > STILL_PX) clearTimeout(this.#holding);
  };

  #released = () => clearTimeout(this.#holding);

  /** Holding opens no menu of the browser. @param {MouseEvent} event */
  #noMenu = (event) => {
    if (this.#touch.held || /** @type {PointerEvent} */ (event).pointerType === 'touch') event.preventDefault();
  };

  /** Space skips, on a tile too; Enter chooses it. @param {KeyboardEvent} event */
  #keyDown = (event) => {
    this.#touch.held = false; // the next click is the key's
    if (event.key !== ' ' || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    this.state.skip();
  };

  /** A focus that stayed on a tile would make Enter choose a photo nobody looked at yet. */
  #newBoard() {
    if (this.querySelector('.mosaic-tile:focus')) this.focus({ preventScroll: true });
    this.#sharp.value = new Set();
    clearTimeout(this.#sharpening);
    this.#sharpening = setTimeout(() => this.#sharpen(), SHARPER_MS);
  }

  #sharpen() {
    const board = this.state.board.peek(), mosaic = untracked(() => this.#layout());
    for (const [index, card] of (mosaic && board?.images.entries()) ?? []) {
      const needed = Math.max(mosaic?.boxes[index].width ?? 0, mosaic?.boxes[index].height ?? 0) * devicePixelRatio, { image } = pictureOf(card, 'sm');
      if (needed <= Math.max(image.naturalWidth, image.naturalHeight) * SHARP_ENOUGH) continue;
      void pictureOf(card, 'md').decoded.then((fine) => {
        if (fine && board === this.state.board.peek()) this.#sharp.value = new Set([...this.#sharp.peek(), card.id]);
      });
    }
  }
}

/** @param {KeyboardEvent} event */
function noSpace(event) {
  if (event.key === ' ') event.preventDefault();
}

/** @param {Box} box */
function boxStyles({ x, y, width, height }) {
  return { transform: `translate(${x}px, ${y}px)`, inlineSize: `${width}px`, blockSize: `${height}px` };
}

define('pa-mosaic', PaMosaic);
