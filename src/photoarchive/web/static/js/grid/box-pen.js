/**
 * A box drawn over the large photo, as fractions of it. Only one part draws at a time: the one `pen` names.
 * Put `<pa-box-pen .owner=${name} .photo=${id} @boxdrawn=…>` into a stage layer while it is yours.
 */
import { nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { registerKeys } from 'pa/core/keys.js';
import { effect, signal } from 'pa/core/signals.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {[number, number, number, number]} Box left, top, width, height */

/** Who draws the next box: '' for nobody. */
export const pen = signal('');

/** A drag shorter than this part of the photo was a click: it stops the drawing. */
const LEAST = 0.005;

// Where details lie over the photo they make room meanwhile.
effect(() => { document.body.toggleAttribute('data-drawing', pen.value !== ''); });

/** Where a box lies, for its style. @param {readonly number[]} box */
export function placed([x, y, w, h]) {
  const part = (/** @type {number} */ value) => `${(100 * value).toFixed(3)}%`;
  return { left: part(x), top: part(y), width: part(w), height: part(h) };
}

/** Lies over the whole photo while a box is drawn; nothing else hears the pointer meanwhile. */
class PaBoxPen extends PaElement {
  owner = '';
  #photo = 0;
  /** @type {{x: number, y: number} | null} */
  #from = null;
  #box = document.createElement('span');

  /** Another photo: nothing is drawn any more. @param {number} id */
  set photo(id) {
    if (this.#photo && id !== this.#photo) queueMicrotask(() => { pen.value = ''; });
    this.#photo = id;
  }

  connected() {
    this.#box.className = 'face-mark';
    this.#box.hidden = true;
    this.append(this.#box);
    showToast('Draw a box on the photo, or click to stop.', { seconds: 3 });
    for (const [name, run] of /** @type {[string, (event: PointerEvent) => void][]} */ ([['pointerdown', this.#down], ['pointermove', this.#move], ['pointerup', this.#up]])) {
      this.addEventListener(name, (event) => {
        event.stopPropagation();
        run(/** @type {PointerEvent} */ (event));
      });
    }
  }

  /** The loupe was left: whoever comes back does not draw. */
  disconnected() {
    if (pen.peek() === this.owner) pen.value = '';
  }

  template() {
    return nothing;
  }

  /** @param {PointerEvent} event */
  #at(event) {
    const area = this.getBoundingClientRect(), within = (/** @type {number} */ value) => Math.max(0, Math.min(1, value));
    return { x: within((event.clientX - area.left) / area.width), y: within((event.clientY - area.top) / area.height) };
  }

  /** @param {{x: number, y: number}} to @returns {Box} */
  #boxTo(to) {
    const from = this.#from ?? to;
    return [Math.min(from.x, to.x), Math.min(from.y, to.y), Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
  }

  #down = (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    this.setPointerCapture(event.pointerId);
    this.#from = this.#at(event);
  };

  #move = (/** @type {PointerEvent} */ event) => {
    if (!this.#from) return;
    Object.assign(this.#box.style, placed(this.#boxTo(this.#at(event))));
    this.#box.hidden = false;
  };

  #up = (/** @type {PointerEvent} */ event) => {
    if (!this.#from) return;
    const box = this.#boxTo(this.#at(event));
    this.#from = null;
    this.#box.hidden = true;
    pen.value = '';
    if (box[2] < LEAST || box[3] < LEAST) return;
    this.dispatchEvent(new CustomEvent('boxdrawn', { detail: box }));
  };
}

define('pa-box-pen', PaBoxPen);

registerKeys('loupe', [
  { keys: ['Escape'], label: 'Stop drawing', group: 'Show', hidden: true, when: () => pen.peek() !== '', run: () => { pen.value = ''; } },
]);
