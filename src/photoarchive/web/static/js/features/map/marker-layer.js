/**
 * Clusters over the map as buttons: circles with counts, thumbnails when the map is near. Moves them with the map; knows
 * nothing of where they come from. One of them is in the tab order, the arrow keys go to its neighbours.
 */
import { compactCount } from './words.js';
import { plural } from 'pa/core/format.js';
import { iconElement } from 'pa/ui/icons.js';

/** @typedef {import('maplibre-gl').Map} BaseMap */
/** @typedef {import('./clusters.js').Cluster} Cluster */
/** @typedef {{cluster: Cluster, element: HTMLButtonElement}} Marker */
/** @typedef {{open: (cluster: Cluster) => void, list: (cluster: Cluster) => void}} Verbs */

/** From this zoom on, and where few photos are on the map, clusters show their first photo. */
const PICTURE_ZOOM = 9;
const FEW = 24;
const SMALLEST = 28, LARGEST = 60;
const ARROWS = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });

export class MarkerLayer {
  element = document.createElement('div');
  #map;
  #verbs;
  /** @type {Map<string, Marker>} */
  #shown = new Map();
  #follow = () => this.#place();

  /** @param {BaseMap} map @param {Verbs} verbs */
  constructor(map, verbs) {
    this.#map = map;
    this.#verbs = verbs;
    this.element.className = 'map-markers';
    this.element.setAttribute('role', 'group');
    this.element.setAttribute('aria-label', 'Photos on the map');
    this.element.addEventListener('click', (event) => this.#pressed(event));
    this.element.addEventListener('keydown', (event) => this.#key(event));
    map.getCanvasContainer().append(this.element);
    map.on('move', this.#follow);
  }

  /** @param {Cluster[]} clusters @param {Set<number>} unreadable photos without a picture: the frame alone */
  show(clusters, unreadable) {
    const pictures = this.#map.getZoom() >= PICTURE_ZOOM || clusters.length <= FEW && clusters.every(({ count }) => count === 1);
    const wanted = new Map(clusters.map((cluster) => [`${cluster.id} ${cluster.count} ${pictures} ${unreadable.has(cluster.id)}`, cluster]));
    const focused = this.element.contains(document.activeElement);
    for (const [key, { element }] of this.#shown) {
      if (wanted.has(key)) continue;
      element.remove();
      this.#shown.delete(key);
    }
    for (const [key, cluster] of wanted) {
      const known = this.#shown.get(key);
      if (known) known.cluster = cluster;
      else this.#add(key, cluster, { picture: pictures, readable: !unreadable.has(cluster.id) });
    }
    this.#place();
    this.#keepInTabOrder(focused);
  }

  close() {
    this.#map.off('move', this.#follow);
    this.element.remove();
  }

  /** @param {string} key @param {Cluster} cluster @param {{picture: boolean, readable: boolean}} how */
  #add(key, cluster, { picture, readable }) {
    const element = document.createElement('button'), { count, id } = cluster;
    element.type = 'button';
    element.tabIndex = -1;
    element.dataset.photoId = String(id);
    element.dataset.count = String(count);
    element.setAttribute('aria-label', count === 1 ? 'Open this photo' : `${plural(count, 'photo')}, zoom in`);
    element.title = count === 1 ? 'Open' : `${plural(count, 'photo')} – click to zoom in, Shift+click to list them`;
    element.className = picture || count === 1 ? 'map-marker map-picture' : 'map-marker map-circle';
    if (picture || count === 1) element.append(readable ? thumbnail(id) : iconElement('file-warning'));
    if (count > 1) element.append(numberOf(count));
    if (element.classList.contains('map-circle')) element.style.setProperty('--size', `${circleSize(count)}px`);
    this.#shown.set(key, { cluster, element });
    this.element.append(element);
  }

  #place() {
    const map = this.#map, { width, height } = map.getCanvas().getBoundingClientRect();
    const centre = map.getCenter(), world = 512 * 2 ** map.getZoom(), [cx, cy] = [worldX(centre.lng), worldY(centre.lat)];
    for (const { cluster, element } of this.#shown.values()) {
      const turns = Math.round((cx - worldX(cluster.lng)));
      const x = (worldX(cluster.lng) + turns - cx) * world + width / 2, y = (worldY(cluster.lat) - cy) * world + height / 2;
      element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px) translate(-50%, -50%)`;
    }
  }

  /** @param {Event} event */
  #markerOf(event) {
    const element = event.target instanceof Element ? event.target.closest('.map-marker') : null;
    return [...this.#shown.values()].find((marker) => marker.element === element);
  }

  /** @param {MouseEvent} event */
  #pressed(event) {
    const marker = this.#markerOf(event);
    if (!marker) return;
    if (event.shiftKey) this.#verbs.list(marker.cluster);
    else this.#verbs.open(marker.cluster);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const marker = this.#markerOf(event), way = ARROWS[event.key];
    if (!marker || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Enter' && event.shiftKey) this.#verbs.list(marker.cluster);
    else if (way) this.#focus(neighbour(marker, [...this.#shown.values()], way));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Marker} marker */
  #focus({ element }) {
    for (const other of this.#shown.values()) other.element.tabIndex = -1;
    element.tabIndex = 0;
    element.focus({ preventScroll: true });
  }

  /** @param {boolean} focused the one that had the focus may be gone */
  #keepInTabOrder(focused) {
    const all = [...this.#shown.values()], first = all[0];
    if (!first || all.some(({ element }) => element.tabIndex === 0)) return;
    first.element.tabIndex = 0;
    if (focused && !this.element.contains(document.activeElement)) first.element.focus({ preventScroll: true });
  }
}

/** @param {number} id */
function thumbnail(id) {
  const image = document.createElement('img');
  image.src = `/api/thumb/sm/${id}`;
  image.alt = '';
  image.decoding = 'async';
  image.draggable = false;
  image.addEventListener('error', () => image.replaceWith(iconElement('file-warning'))); // found to be unreadable just now
  return image;
}

/** @param {number} count */
function numberOf(count) {
  const number = document.createElement('span');
  number.className = 'map-count';
  number.textContent = compactCount(count);
  return number;
}

/** @param {number} count */
function circleSize(count) {
  return Math.round(Math.min(LARGEST, SMALLEST + Math.log10(count) * 8));
}

/** The nearest marker in a direction, itself when there is none. @param {Marker} from @param {Marker[]} all @param {[number, number]} way */
function neighbour(from, all, [dx, dy]) {
  const here = spot(from);
  let best = from, least = Infinity;
  for (const marker of all) {
    const { x, y } = spot(marker), along = (x - here.x) * dx + (y - here.y) * dy, aside = Math.abs((x - here.x) * dy) + Math.abs((y - here.y) * dx);
    if (along > 1e-9 && along + aside * 2 < least) [best, least] = [marker, along + aside * 2];
  }
  return best;
}

/** @param {Marker} marker */
const spot = ({ cluster }) => ({ x: worldX(cluster.lng), y: worldY(cluster.lat) });
/** @param {number} lng */
const worldX = (lng) => (lng + 180) / 360;

/** @param {number} lat */
function worldY(lat) {
  const sine = Math.sin((Math.max(-85.0511, Math.min(85.0511, lat)) * Math.PI) / 180);
  return 0.5 - Math.atanh(sine) / (2 * Math.PI);
}
