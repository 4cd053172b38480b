/** Searches in words. Pure. */
import { count, plural } from 'pa/core/format.js';

/** @typedef {import('./state.js').About} About */
/** @typedef {import('./state.js').Reason} Reason */

const MODES = /** @type {Record<string, string>} */ ({
  semantic: 'Found by meaning', metadata: 'Found by text', fused: 'Found by meaning and text',
});
const FIELDS = /** @type {Record<string, string>} */ ({
  filename: 'File name', folder: 'Folder', title: 'Title', caption: 'Caption', keywords: 'Keywords', camera: 'Camera or lens',
  people: 'People', place: 'Place', tags: 'Looks like',
});

/** @param {About} about */
export function modeText({ search_mode: mode, words, found, visible_images: visible }) {
  if (!visible) return found ? 'Nothing found within the filters' : 'Nothing found';
  if (!words) return mode === 'semantic' ? 'Look-alikes' : 'Filtered';
  return MODES[mode] ?? 'Found';
}

/** "12 ms, from kept results". @param {About} about */
export function timeText({ search_ms: took, cached }) {
  const time = took < 1 ? 'under 1 ms' : took < 1000 ? `${Math.round(took)} ms` : `${(took / 1000).toFixed(1)} s`;
  return cached ? `${time}, from kept results` : time;
}

/** Photos the search finds that the filters hide. @param {About} about */
export function hiddenText({ found, visible_images: visible }) {
  return found > visible ? `The filters hide ${count(found - visible)} of ${plural(found, 'photo')} found.` : '';
}

/** Stages of how well a photo fits. @param {number} strength 0–1 */
function strengthText(strength) {
  if (strength >= 0.5) return 'very close';
  if (strength >= 0.2) return 'close';
  return 'fair';
}

/** Lines that say why a photo was found. @param {Reason} reason @returns {{name: string, text: string}[]} */
export function reasonLines({ meaning, strength, fields, tags, alike }) {
  const lines = [];
  if (alike) lines.push({ name: 'Look-alike', text: `${Math.round(alike * 100)} % alike` });
  if (meaning !== null && strength !== null) lines.push({ name: 'Meaning', text: `${strengthText(strength)} (${meaning.toFixed(2)})` });
  for (const [field, words] of Object.entries(fields)) {
    lines.push({ name: field === 'tags' ? 'Tag (a guess)' : FIELDS[field] ?? field, text: words.join(', ') });
  }
  if (meaning !== null && tags.length) {
    lines.push({ name: 'Looks like', text: tags.map(({ label, probability }) => `${label} ${Math.round(probability * 100)} %`).join(', ') });
  }
  return lines;
}

/** The same as one line. @param {Reason} reason */
export function reasonText(reason) {
  return reasonLines(reason).map(({ name, text }) => `${name}: ${text}`).join(' · ');
}

/** When Deep Search will look at this: "deep now", "deep tonight", "deep on Sat". @param {import('./state.js').Hours} hours @param {number} now seconds since 1970 */
export function deepText({ open, opens_at: opens, start }, now) {
  if (open || !opens) return 'deep now';
  const hour = Number.parseInt(start, 10);
  if (opens - now > 20 * 3600) return `deep on ${new Date(opens * 1000).toLocaleDateString('en', { weekday: 'short' })}`;
  return hour >= 18 || hour < 5 ? 'deep tonight' : 'deep later';
}

/** @param {number} strictness */
export function strictnessText(strictness) {
  if (strictness === 0) return 'as calibrated';
  return `${Math.abs(strictness)} ${Math.abs(strictness) === 1 ? 'step' : 'steps'} ${strictness < 0 ? 'looser' : 'stricter'}`;
}
