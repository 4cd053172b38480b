/**
 * The located photos of a view as the server sends them, decoded into columns. Without DOM and requests.
 *
 * Little-endian: "PAM1", u32 n, u32 m; m bytes of JSON padded to 4; n × u32 ids; n × i32 longitude and n × i32 latitude in
 * degrees × 1e7; n × i32 days since 1970 of local time. A view of very many photos comes without columns (`clustered`).
 */
import { mercatorX, mercatorY } from './clusters.js';

const MAGIC = 0x314d4150; // "PAM1" read as a little-endian u32
const HEADER_BYTES = 12;

/**
 * total: photos of the view; located: those on the map; bounds: west, south, east, north, east may be beyond 180;
 * years: [year, photos], ascending; unreadable: those that have no picture.
 * @typedef {{total: number, located: number, clustered: boolean, bounds: [number, number, number, number] | null, years: [number, number][], unreadable: number[]}} PointsMeta
 */
/** x, y: in the square of the world. @typedef {{meta: PointsMeta, ids: Uint32Array, day: Int32Array, x: Float64Array, y: Float64Array}} Points */

/** @param {ArrayBuffer} buffer @returns {Points} throws a RangeError that says what is wrong with it */
export function decodePoints(buffer) {
  if (buffer.byteLength < HEADER_BYTES) throw new RangeError('The list of places is too short.');
  const header = new DataView(buffer, 0, HEADER_BYTES);
  if (header.getUint32(0, true) !== MAGIC) throw new RangeError('The list of places has an unknown format.');
  const count = header.getUint32(4, true), metaBytes = header.getUint32(8, true), columns = HEADER_BYTES + metaBytes;
  if (buffer.byteLength < columns + count * 16) throw new RangeError('The list of places ends early.');
  const meta = /** @type {PointsMeta} */ (JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, HEADER_BYTES, metaBytes))));
  const lng = new Int32Array(buffer, columns + count * 4, count), lat = new Int32Array(buffer, columns + count * 8, count);
  const x = new Float64Array(count), y = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    x[i] = mercatorX(lng[i] / 1e7);
    y[i] = mercatorY(lat[i] / 1e7);
  }
  return { meta, ids: new Uint32Array(buffer, columns, count), day: new Int32Array(buffer, columns + count * 12, count), x, y };
}

/** The days of a year since 1970: the first, and the first after it. @param {number} year @returns {[number, number]} */
export function daysOfYear(year) {
  const day = (/** @type {number} */ one) => {
    const date = new Date(0);
    date.setUTCFullYear(one, 0, 1);
    return Math.round(date.getTime() / 86_400_000);
  };
  return [day(year), day(year + 1)];
}
