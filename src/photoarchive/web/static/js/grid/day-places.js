/** Where the days of a view were spent: names for its day headings, asked for when they are first shown. */
import { getJson } from 'pa/core/http.js';

/** @typedef {import('./view.js').PhotoView} PhotoView */
/** names: of each section, "" where none fits (yet). @typedef {{names: string[], asking: boolean, again: number}} Known */

const AGAIN_MS = 10_000; // places are looked up in the background: days without a name may get one

/** @type {WeakMap<PhotoView, Known>} */
const known = new WeakMap();

/** The name of a section, "" until it is known. @param {PhotoView} view @param {number} section */
export function placeOfDay(view, section) {
  return known.get(view)?.names[section] ?? '';
}

/**
 * Ask for the names of a view unless they are known; `arrived` hears when there are some.
 * @param {PhotoView} view @param {() => void} arrived
 */
export function followDayPlaces(view, arrived) {
  const now = performance.now(), before = known.get(view);
  if (before && (before.asking || now < before.again)) return;
  const asked = { names: before?.names ?? [], asking: true, again: now + AGAIN_MS };
  known.set(view, asked);
  void ask(view).then((names) => {
    asked.names = names;
    if (names.every(Boolean)) asked.again = Infinity;
    if (names.some(Boolean)) arrived();
  }, () => { /* days without names are still days */ }).finally(() => { asked.asking = false; });
}

/** @param {PhotoView} view @returns {Promise<string[]>} */
async function ask(view) {
  const { names, sections } = /** @type {{names: string[], sections: number[]}} */ (await getJson(`/api/places/days?token=${encodeURIComponent(view.token)}`, { automatic: true }));
  return sections.map((place) => (place < 0 ? '' : names[place]));
}
