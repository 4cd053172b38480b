/** Choosing a place: a dialog with a map; a click or the keys put the pin. For setting the location of photos by hand. */
import { html, nothing } from 'lit-html';
import { signal, effect } from 'pa/core/signals.js';
import { canDrawMaps, createBaseMap } from 'pa/ui/base-map.js';
import { openDialog } from 'pa/ui/dialog.js';
import { iconButton } from 'pa/ui/icon_button.js';
import { iconElement } from 'pa/ui/icons.js';

/** @typedef {{lat: number, lng: number}} Spot degrees, six decimals */
/** @typedef {import('maplibre-gl').Map} Map */

const NEAR_ZOOM = 9;
const LAT = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/;

/**
 * Ask for a place. start: where the pin stands at first.
 * @param {Partial<Spot> & {title?: string, confirm?: string}} [start] @returns {Promise<Spot | null>} null: cancelled
 */
export async function openPlacePicker({ lat, lng, title = 'Choose a place', confirm = 'Set location' } = {}) {
  const picker = new Picker(lat === undefined || lng === undefined ? null : { lat, lng });
  const answer = await openDialog({
    title, size: 'wide',
    body: () => picker.template(),
    actions: () => [{ label: 'Cancel', value: undefined }, { label: confirm, value: 'chosen', kind: 'primary', disabled: !picker.spot.value }],
    opened: (control) => picker.open(control),
  });
  return answer === 'chosen' ? picker.spot.value : null;
}

class Picker {
  /** @type {import('pa/core/signals.js').Signal<Spot | null>} */
  spot;
  #start;
  #wrong = signal('');
  #map = /** @type {Map | null} */ (null);
  #pin = document.createElement('span');
  #place = document.createElement('div');
  #closed = false;

  /** @param {Spot | null} start */
  constructor(start) {
    this.#start = start;
    this.spot = signal(start && rounded(start));
    this.#pin.className = 'place-picker-pin';
    this.#pin.append(iconElement('map-pin', { filled: true }));
    this.#place.className = 'place-picker-map';
  }

  template() {
    const spot = this.spot.value, wrong = this.#wrong.value;
    return html`<div class="place-picker">${this.#place}
      <label class="place-picker-text">Latitude, longitude
        <input class="field-input" type="text" inputmode="text" autocomplete="off" placeholder="67.9325, 13.0895" aria-invalid=${wrong ? 'true' : nothing}
          aria-describedby="place-picker-note" .value=${spot ? textOf(spot) : ''} @change=${this.#typed}></label>
      <p id="place-picker-note" class=${wrong ? 'place-picker-wrong' : 'muted'} role="status">${wrong || 'Click the map, or move it with the arrow keys and press Enter to put the pin in its middle.'}</p></div>`;
  }

  /** @param {import('pa/ui/dialog.js').DialogControl} control */
  open(control) {
    const stop = effect(() => {
      this.spot.value;
      this.#wrong.value;
      control.redraw();
      this.#movePin();
    });
    void this.#draw();
    return () => {
      this.#closed = true;
      stop();
      this.#map?.remove();
    };
  }

  async #draw() {
    if (!canDrawMaps()) {
      this.#place.textContent = 'This browser cannot draw maps. Type the coordinates below.';
      return;
    }
    const start = this.#start;
    try {
      const map = await createBaseMap(this.#place, { center: start ? [start.lng, start.lat] : undefined, zoom: start ? NEAR_ZOOM : 1, label: 'Map. Arrow keys move it, plus and minus zoom, Enter puts the pin in the middle.' });
      if (this.#closed) map.remove();
      else this.#listen(map);
    } catch {
      this.#place.textContent = 'The map could not be drawn. Type the coordinates below.';
    }
  }

  /** @param {Map} map */
  #listen(map) {
    this.#map = map;
    map.getCanvasContainer().append(this.#pin);
    this.#place.append(zoomButtons(map));
    map.on('click', ({ lngLat }) => this.#choose(lngLat));
    map.on('move', () => this.#movePin());
    map.getCanvas().addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      this.#choose(map.getCenter());
    });
    const spot = this.spot.peek(), moved = spot && (spot.lat !== this.#start?.lat || spot.lng !== this.#start?.lng);
    if (moved) map.jumpTo({ center: [spot.lng, spot.lat], zoom: NEAR_ZOOM }); // typed while the map was being drawn
    this.#movePin();
  }

  /** @param {Spot} spot */
  #choose(spot) {
    this.#wrong.value = '';
    this.spot.value = rounded(spot);
  }

  #movePin() {
    const spot = this.spot.peek(), map = this.#map;
    this.#pin.hidden = !spot || !map;
    if (!spot || !map) return;
    const { x, y } = map.project([spot.lng, spot.lat]);
    this.#pin.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** @param {Event} event */
  #typed = (event) => {
    const text = /** @type {HTMLInputElement} */ (event.target).value, spot = readSpot(text);
    if (!text.trim()) {
      this.#wrong.value = '';
      this.spot.value = null;
    } else if (spot) {
      this.#choose(spot);
      this.#map?.jumpTo({ center: [spot.lng, spot.lat], zoom: Math.max(NEAR_ZOOM, this.#map.getZoom()) });
    } else {
      this.#wrong.value = 'Type a latitude from −90 to 90 and a longitude from −180 to 180, such as 67.9325, 13.0895.';
    }
  };
}

/** @param {Map} map */
function zoomButtons(map) {
  const group = document.createElement('div');
  group.className = 'map-buttons';
  group.append(iconButton('plus', 'Zoom in', () => map.zoomIn()), iconButton('minus', 'Zoom out', () => map.zoomOut()));
  return group;
}

/** "67.93, 13.09" → a place; null when it is none. @param {string} text @returns {Spot | null} */
export function readSpot(text) {
  const found = LAT.exec(text.replaceAll('−', '-'));
  if (!found) return null;
  const lat = Number(found[1]), lng = Number(found[2]);
  return Math.abs(lat) <= 90 && Math.abs(lng) <= 180 ? rounded({ lat, lng }) : null;
}

/** @param {Spot} spot the map counts longitudes on around the world @returns {Spot} */
function rounded({ lat, lng }) {
  const turned = lng >= -180 && lng <= 180 ? lng : ((((lng + 180) % 360) + 360) % 360) - 180;
  return { lat: Math.round(lat * 1e6) / 1e6, lng: Math.round(turned * 1e6) / 1e6 };
}

/** @param {Spot} spot */
function textOf({ lat, lng }) {
  return `${lat}, ${lng}`;
}
