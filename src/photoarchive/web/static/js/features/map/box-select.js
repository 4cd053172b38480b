/** Drawing a box on the map with the pointer; from the keyboard the whole window is the box. */
import { iconElement } from 'pa/ui/icons.js';

/** @typedef {import('maplibre-gl').Map} Map */
/** @typedef {[number, number, number, number]} Box west, south, east, north */

const LEAST_PX = 8;
const LABEL = 'Select an area';

export class BoxSelect {
  button = document.createElement('button');
  #map;
  #done;
  #drawn = document.createElement('div');
  #on = false;
  /** @type {{x: number, y: number} | null} */
  #from = null;

  /** @param {Map} map @param {(box: Box) => void} done */
  constructor(map, done) {
    this.#map = map;
    this.#done = done;
    this.#drawn.className = 'map-box';
    this.#drawn.hidden = true;
    this.button.type = 'button';
    this.button.className = 'btn-icon';
    this.button.title = `${LABEL} (B, or Shift and drag)`;
    this.button.setAttribute('aria-label', LABEL);
    this.button.setAttribute('aria-pressed', 'false');
    this.button.append(iconElement('square-dashed-mouse-pointer'));
    this.button.addEventListener('click', () => this.toggle());
    map.boxZoom.disable();
    const container = map.getCanvasContainer();
    container.append(this.#drawn);
    container.addEventListener('pointerdown', (event) => this.#press(event), { capture: true });
  }

  toggle() {
    this.#set(!this.#on);
  }

  /** Whether it was on. */
  end() {
    const was = this.#on || this.#from !== null;
    this.#set(false);
    this.#from = null;
    this.#drawn.hidden = true;
    return was;
  }

  /** @param {boolean} on */
  #set(on) {
    this.#on = on;
    this.button.setAttribute('aria-pressed', String(on));
    this.#map.getCanvasContainer().classList.toggle('is-boxing', on);
    if (on) this.#map.dragPan.disable();
    else this.#map.dragPan.enable();
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const onMarker = event.target instanceof Element && event.target.closest('.map-marker');
    if (event.button !== 0 || onMarker || !(this.#on || event.shiftKey)) return;
    this.#map.dragPan.disable();
    this.#from = this.#at(event);
    const move = (/** @type {PointerEvent} */ next) => this.#draw(this.#at(next));
    const up = (/** @type {PointerEvent} */ last) => {
      removeEventListener('pointermove', move);
      const from = this.#from, to = this.#at(last);
      this.end();
      if (from && last.type === 'pointerup' && Math.abs(to.x - from.x) >= LEAST_PX && Math.abs(to.y - from.y) >= LEAST_PX) this.#finish(from, to);
    };
    addEventListener('pointermove', move);
    addEventListener('pointerup', up, { once: true });
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  #at(event) {
    const { left, top } = this.#map.getCanvas().getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** @param {{x: number, y: number}} to */
  #draw(to) {
    const from = this.#from;
    if (!from) return;
    this.#drawn.hidden = false;
    Object.assign(this.#drawn.style, {
      left: `${Math.min(from.x, to.x)}px`, top: `${Math.min(from.y, to.y)}px`, inlineSize: `${Math.abs(to.x - from.x)}px`, blockSize: `${Math.abs(to.y - from.y)}px`,
    });
  }

  /** @param {{x: number, y: number}} from @param {{x: number, y: number}} to */
  #finish(from, to) {
    const first = this.#map.unproject([Math.min(from.x, to.x), Math.max(from.y, to.y)]);
    const last = this.#map.unproject([Math.max(from.x, to.x), Math.min(from.y, to.y)]);
    this.#done([first.lng, first.lat, last.lng, last.lat]);
  }
}
