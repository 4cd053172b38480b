/** The map itself: base map, markers, box-select, its buttons. Tells the state what window it shows. */
import { createBaseMap, MAX_ZOOM } from 'pa/ui/base-map.js';
import { effect } from 'pa/core/signals.js';
import { iconButton } from 'pa/ui/icon_button.js';
import { BoxSelect } from './box-select.js';
import { isSpot } from './clusters.js';
import { MarkerLayer } from './marker-layer.js';

/** @typedef {import('maplibre-gl').Map} Map */
/** @typedef {import('./state.js').MapState} MapState */
/** @typedef {import('./clusters.js').Cluster} Cluster */
/** @typedef {(id: number, box: [number, number, number, number]) => void} OpenPhoto */

const PLACE_KEY = 'photoarchive.map';
const FIT_ZOOM = 16;
const REDUCED = matchMedia('(prefers-reduced-motion: reduce)');

export class MapView {
  #map;
  #state;
  #markers;
  #box;
  #open;
  #zoom = -1;
  /** @type {(() => void)[]} */
  #stops = [];

  /** @param {HTMLElement} container @param {MapState} state @param {OpenPhoto} open @returns {Promise<MapView>} */
  static async create(container, state, open) {
    const map = await createBaseMap(container, { ...startOf(state), label: 'Map. Arrow keys move it, plus and minus zoom. Tab goes to the photos on it.' });
    return new MapView(map, container, state, open);
  }

  /** @param {Map} map @param {HTMLElement} container @param {MapState} state @param {OpenPhoto} open */
  constructor(map, container, state, open) {
    this.#map = map;
    this.#state = state;
    this.#open = open;
    this.#markers = new MarkerLayer(map, { open: (one) => this.#press(one), list: (one) => void state.choose(one) });
    this.#box = new BoxSelect(map, (box) => state.apply(state.paramsWithin(box)));
    container.append(this.#buttons());
    map.on('moveend', () => this.#moved());
    map.on('zoom', () => { if (Math.floor(map.getZoom()) !== this.#zoom) this.#look(); });
    const sizes = new ResizeObserver(() => map.resize());
    sizes.observe(container);
    this.#stops.push(() => sizes.disconnect(), effect(() => { const seen = state.seen.value; if (seen) this.#markers.show(seen.clusters, new Set(seen.unreadable)); }));
  }

  /** Start or leave drawing a box. */
  toggleBox() {
    this.#box.toggle();
  }

  /** Whether a box was being drawn, which Escape ends. */
  endBox() {
    return this.#box.end();
  }

  /** @param {number} by */
  zoomBy(by) {
    this.#map.easeTo({ zoom: this.#map.getZoom() + by, animate: !REDUCED.matches, duration: 180 });
  }

  /** Show all photos of the view. @param {boolean} [animate] */
  fitAll(animate = true) {
    const bounds = this.#state.points.peek()?.meta.bounds;
    if (bounds) this.#fit(bounds, animate);
  }

  /** Look at the window as it is now. */
  look() {
    return this.#look();
  }

  close() {
    for (const stop of this.#stops) stop();
    this.#markers.close();
    this.#map.remove();
  }

  /** @param {[number, number, number, number]} bounds @param {boolean} animate */
  #fit([west, south, east, north], animate) {
    this.#map.fitBounds([[west, south], [east, north]], { padding: 72, maxZoom: FIT_ZOOM, animate: animate && !REDUCED.matches, duration: 500 });
  }

  /** @param {Cluster} one */
  #press(one) {
    if (one.count === 1) this.#open(one.id, this.#windowBox());
    else if (isSpot(one.bounds) || this.#map.getZoom() >= MAX_ZOOM - 0.01) void this.#state.choose(one);
    else this.#fit(one.bounds, true);
  }

  #moved() {
    remember(this.#state, this.#map);
    this.#state.chosen.value = null;
    void this.#look();
  }

  #look() {
    const [west, south, east, north] = this.#windowBox();
    this.#zoom = Math.floor(this.#map.getZoom());
    return this.#state.look({ west: Math.max(-700, west), east: Math.min(700, east), south, north, zoom: this.#zoom });
  }

  /** @returns {[number, number, number, number]} west, south, east, north */
  #windowBox() {
    const bounds = this.#map.getBounds();
    return [bounds.getWest(), Math.max(-90, bounds.getSouth()), bounds.getEast(), Math.min(90, bounds.getNorth())];
  }

  #buttons() {
    const group = document.createElement('div');
    group.className = 'map-buttons';
    group.append(
      iconButton('plus', 'Zoom in', () => this.zoomBy(1)), iconButton('minus', 'Zoom out', () => this.zoomBy(-1)),
      iconButton('maximize', 'Show all photos', () => this.fitAll()),
      this.#box.button,
    );
    return group;
  }
}

/** Where the map stood in this tab for the same photos, else around all of them. @param {MapState} state */
function startOf(state) {
  try {
    const known = JSON.parse(sessionStorage.getItem(PLACE_KEY) ?? 'null');
    if (known?.key === state.key) return { center: known.center, zoom: known.zoom, known: true };
  } catch {
    // Storage is blocked or holds something else: start from the photos.
  }
  return {};
}

/** Whether `startOf` will find a place. @param {MapState} state */
export const hasPlace = (state) => 'known' in startOf(state);

/** @param {MapState} state @param {Map} map */
function remember(state, map) {
  const { lng, lat } = map.getCenter();
  try {
    sessionStorage.setItem(PLACE_KEY, JSON.stringify({ key: state.key, center: [lng, lat], zoom: map.getZoom() }));
  } catch {
    // Storage is blocked: the place lasts as long as the page.
  }
}
