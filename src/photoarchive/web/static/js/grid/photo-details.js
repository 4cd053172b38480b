/** One photo's details in words: pure texts for the info panel, from `/api/image/{id}` or a card. Owns no DOM. */
import { LOCALE, bytes, clipLength } from 'pa/core/format.js';

/** @typedef {Record<string, any>} Details */

const TAKEN = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });

/** The time of the file stands in for the time of the picture. */
const ESTIMATED = 'mtime';
/** Fewer megapixels than this say nothing. */
const LEAST_MEGA = 0.05;

/** "14 Aug 2023, 21:04 +02:00" @param {Details} photo */
export function takenText(photo) {
  if (!photo.date_taken) return '';
  const at = new Date(`${String(photo.date_taken).replace(' ', 'T')}Z`);
  if (Number.isNaN(at.getTime())) return String(photo.date_taken);
  const offset = photo.taken_offset, zone = typeof offset === 'number' && photo.taken_origin !== ESTIMATED ? ` ${offsetText(offset)}` : '';
  const origin = photo.taken_origin === ESTIMATED ? ' (estimated)' : '';
  return `${TAKEN.format(at)}${zone}${origin}`;
}

/** @param {number} minutes east of UTC */
function offsetText(minutes) {
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '−' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
}

/** "Sony α7R IV" without the make twice. @param {Details} photo */
export function cameraText({ camera_make: make, camera_model: model }) {
  if (!model) return make ?? '';
  if (!make || model.toLowerCase().startsWith(make.split(' ')[0].toLowerCase())) return model;
  return `${make} ${model}`;
}

/** "1/250 s · f/5.6 · ISO 200 · 35 mm" @param {Details} photo */
export function exposureText(photo) {
  const parts = [], { shutter, aperture, iso, focal, focal35: full } = photo;
  if (shutter) parts.push(shutterText(shutter));
  if (aperture) parts.push(`f/${trim(aperture)}`);
  if (iso) parts.push(`ISO ${iso}`);
  if (focal) parts.push(full && Math.round(full) !== Math.round(focal) ? `${trim(focal)} mm (${Math.round(full)} mm)` : `${trim(focal)} mm`);
  return listed(parts);
}

/** @param {number} seconds */
export function shutterText(seconds) {
  if (seconds >= 0.3) return `${trim(seconds)} s`;
  return `1/${Math.round(1 / seconds)} s`;
}

/** A number and its unit stay on one line. @param {string[]} parts */
const listed = (parts) => parts.map((part) => part.replaceAll(' ', '\u00a0')).join(' · ');

/** @param {number} value */
const trim = (value) => String(Math.round(Number(value) * 10) / 10);

/** "9504 × 6336 · 60.2 MP · 61 MB" @param {Details} photo */
export function sizeText(photo) {
  const parts = [];
  if (photo.width && photo.height) {
    const mega = (photo.width * photo.height) / 1e6;
    parts.push(`${photo.width} × ${photo.height}`);
    if (mega >= LEAST_MEGA) parts.push(`${mega < 10 ? mega.toFixed(1) : Math.round(mega)} MP`);
  }
  if (photo.duration) parts.push(clipLength(photo.duration));
  if (photo.file_size) parts.push(bytes(photo.file_size));
  return listed(parts);
}

/** "#37 · 1486 ± 22" @param {Details} photo */
export function rankText(photo) {
  if (!photo.comparisons) return '';
  const interval = photo.elo_interval ? ` ± ${Math.round(photo.elo_interval)}` : '';
  return `${photo.rank ? `#${photo.rank} · ` : ''}${Math.round(photo.elo)}${interval}`;
}

/** @param {Details} photo */
export function placeText(photo) {
  if (photo.place) return photo.place;
  if (photo.latitude === null || photo.latitude === undefined) return '';
  return `${Number(photo.latitude).toFixed(5)}, ${Number(photo.longitude).toFixed(5)}`;
}

/** Where the files lie. @param {Details} photo @returns {{path: string, note: string}[]} */
export function locationsOf(photo) {
  const list = Array.isArray(photo.locations) && photo.locations.length ? photo.locations : [{ path: photo.filepath }];
  return list.map((/** @type {{path?: string, present?: boolean, online?: boolean}} */ { path = '', present = true, online = true }) => ({
    path, note: !present ? 'missing' : online ? '' : 'drive not connected',
  })).filter(({ path }) => path);
}
