/**
 * Points of a window of the map, drawn together where they would lie on each other. Pure, without DOM.
 * The same rule as on the server (features/map/clusters.py), which does this for very large views.
 */

/** Degrees; west ≤ east, east may be beyond 180. @typedef {{west: number, south: number, east: number, north: number, zoom: number}} Window */
/** id: the first of its photos in the order of the view; bounds: west, south, east, north. @typedef {{lng: number, lat: number, count: number, id: number, bounds: [number, number, number, number]}} Cluster */
/** shown: photos in the window; image_ids: the first of them; unreadable: of those named, without a picture. @typedef {{clusters: Cluster[], shown: number, image_ids: number[], unreadable: number[]}} Clustered */
/** @typedef {import('./points.js').Points} Points */

const TILE_PX = 512;
const CELL_PX = 64;
const APART_PX = 52;
const MOST_IDS = 120;
const EDGE_LATITUDE = 85.0511287798066;
const SPOT_DEGREES = 2e-5;  // photos within two metres are one spot: there is nothing to zoom into

/** Whether all of this lies at one spot. @param {[number, number, number, number]} bounds west, south, east, north */
export const isSpot = ([west, south, east, north]) => east - west < SPOT_DEGREES && north - south < SPOT_DEGREES;

/** Longitude → [0, 1). @param {number} lng */
export const mercatorX = (lng) => ((((lng + 180) / 360) % 1) + 1) % 1;

/** Latitude → [0, 1] from the north; the poles lie on the edge. @param {number} lat */
export function mercatorY(lat) {
  const sine = Math.sin((Math.max(-EDGE_LATITUDE, Math.min(EDGE_LATITUDE, lat)) * Math.PI) / 180);
  return Math.max(0, Math.min(1, 0.5 - Math.atanh(sine) / (2 * Math.PI)));
}

const lngOf = (/** @type {number} */ x) => x * 360 - 180;
const latOf = (/** @type {number} */ y) => (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;

/**
 * Clusters of the points inside a window, the largest first.
 * @param {Points} points @param {Window} window @param {[number, number] | null} days only points of these days (first, after the last) @returns {Clustered}
 */
export function cluster(points, window, days) {
  const { x, y, day, ids } = points, scale = (TILE_PX * 2 ** window.zoom) / CELL_PX;
  let left = (window.west + 180) / 360, right = (window.east + 180) / 360;
  const top = mercatorY(window.north), bottom = mercatorY(window.south);
  if (right - left >= 1) [left, right] = [(left + right) / 2 - 0.5, (left + right) / 2 + 0.5];
  const width = right - left, turn = ((left % 1) + 1) % 1, firstColumn = Math.floor(left * scale), firstRow = Math.floor(top * scale);
  const columns = Math.floor(right * scale) - firstColumn + 1, rows = Math.floor(bottom * scale) - firstRow + 1;
  /** @type {(Sum | undefined)[]} */
  const cells = new Array(columns * rows);
  /** @type {number[]} */
  const shownIds = [];
  let shown = 0;
  for (let i = 0; i < ids.length; i++) {
    let from = x[i] - turn;
    if (from < 0) from += 1;
    if (from > width || y[i] < top || y[i] > bottom || (days && (day[i] < days[0] || day[i] >= days[1]))) continue;
    const px = from + left, column = Math.min(columns - 1, Math.floor(px * scale) - firstColumn);
    const row = Math.min(rows - 1, Math.floor(y[i] * scale) - firstRow), cell = row * columns + column;
    const sum = cells[cell];
    if (sum) add(sum, px, y[i]);
    else cells[cell] = { x: px, y: y[i], count: 1, first: i, west: px, east: px, north: y[i], south: y[i] };
    if (shown++ < MOST_IDS) shownIds.push(ids[i]);
  }
  const found = merge(cells.filter((sum) => sum !== undefined), APART_PX / (scale * CELL_PX));
  return { clusters: found.map((sum) => asCluster(sum, ids)), shown, image_ids: shownIds, unreadable: points.meta.unreadable };
}

/** @typedef {{x: number, y: number, count: number, first: number, west: number, east: number, north: number, south: number}} Sum x, y: sums over its points */

/** @param {Sum} sum @param {number} px @param {number} py */
function add(sum, px, py) {
  sum.x += px;
  sum.y += py;
  sum.count++;
  if (px < sum.west) sum.west = px;
  else if (px > sum.east) sum.east = px;
  if (py < sum.north) sum.north = py;
  else if (py > sum.south) sum.south = py;
}

/** What lies nearer than `apart` to something larger joins it. @param {Sum[]} sums @param {number} apart @returns {Sum[]} */
function merge(sums, apart) {
  const left = sums.sort(bySize).map((sum) => ({ sum, x: sum.x / sum.count, y: sum.y / sum.count, gone: false }));
  for (let i = 0; i < left.length; i++) {
    const one = left[i];
    if (one.gone) continue;
    for (let j = i + 1; j < left.length; j++) {
      const other = left[j], dx = other.x - one.x, dy = other.y - one.y;
      if (other.gone || dx * dx + dy * dy >= apart * apart) continue;
      other.gone = true;
      join(one.sum, other.sum);
    }
  }
  return left.filter(({ gone }) => !gone).map(({ sum }) => sum).sort(bySize);
}

/** @param {Sum} sum @param {Sum} other */
function join(sum, other) {
  sum.x += other.x;
  sum.y += other.y;
  sum.count += other.count;
  sum.first = Math.min(sum.first, other.first);
  sum.west = Math.min(sum.west, other.west);
  sum.east = Math.max(sum.east, other.east);
  sum.north = Math.min(sum.north, other.north);
  sum.south = Math.max(sum.south, other.south);
}

/** @param {Sum} a @param {Sum} b */
const bySize = (a, b) => b.count - a.count || a.first - b.first;

/** @param {Sum} sum @param {Uint32Array} ids @returns {Cluster} */
function asCluster(sum, ids) {
  return {
    lng: lngOf(sum.x / sum.count), lat: latOf(sum.y / sum.count), count: sum.count, id: ids[sum.first],
    bounds: [lngOf(sum.west), latOf(sum.south), lngOf(sum.east), latOf(sum.north)],
  };
}
