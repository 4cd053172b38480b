/** Where the days of a view were spent: names for its day headings, asked for once a view when they are first shown. */
import { getJson } from 'pa/core/http.js';

/** @typedef {import('./view.js').PhotoView} PhotoView */

/** The name of each section, "" where none fits. @type {WeakMap<PhotoView, string[]>} */
const known = new WeakMap();
/** @type {WeakSet<PhotoView>} */
const asked = new WeakSet();

/** The name of a section, "" until it is known. @param {PhotoView} view @param {number} section */
export function placeOfDay(view, section) {
  return known.get(view)?.[section] ?? '';
}

/**
 * Ask for the names of a view unless that has been done; `arrived` hears when they are there.
 * @param {PhotoView} view @param {() => void} arrived
 */
export function followDayPlaces(view, arrived) {
  if (asked.has(view)) return;
  asked.add(view);
  void ask(view).then((names) => {
    known.set(view, names);
    if (names.some(Boolean)) arrived();
  }, () => asked.delete(view)); // days without names are still days; the next rendering asks again
}

/** @param {PhotoView} view @returns {Promise<string[]>} */
async function ask(view) {
  const { names, sections } = /** @type {{names: string[], sections: number[]}} */ (await getJson(`/api/places/days?token=${encodeURIComponent(view.token)}`, { automatic: true }));
  return sections.map((place) => (place < 0 ? '' : names[place]));
}
