/** What can be done with selected photos besides marking them. Parts add their verbs; the selection bar shows them. */
import { signal } from 'pa/core/signals.js';

/** @typedef {import('./view.js').PhotoView} PhotoView */
/**
 * @typedef {object} SelectionVerb
 * @property {string} name
 * @property {string} label
 * @property {string} title
 * @property {string} icon
 * @property {number} order verbs stand in ascending order
 * @property {boolean} [menu] it opens a menu at its button
 * @property {number} [fold] what goes into the menu first where there is no room for all, from 1 (last) up
 * @property {(view: PhotoView) => boolean} [shown] whether it makes sense in this view
 * @property {(view: PhotoView, anchor: HTMLElement, refresh: () => unknown) => unknown} run refresh: show the view as it is now
 */
/** Photos as a request names them. @typedef {{image_ids: number[]} | {view: {token: string, expected_count: number}}} Chosen */

/** @type {import('pa/core/signals.js').Signal<SelectionVerb[]>} */
export const selectionVerbs = signal([]);

/** @param {SelectionVerb} verb */
export function registerSelectionVerb(verb) {
  selectionVerbs.value = [...selectionVerbs.peek().filter(({ name }) => name !== verb.name), verb].sort((a, b) => a.order - b.order);
}

/** The photos that verbs act on: a whole view goes as its token and count, so a million photos are a small request. @param {PhotoView} view @returns {Chosen} */
export function chosenPhotos(view) {
  const { selection, feed } = view;
  if (selection.all && selection.count > 1) return { view: { token: view.token, expected_count: feed.count } };
  return { image_ids: Array.from(selection.targets(), (index) => feed.ids[index]) };
}

/** How many photos verbs act on. @param {PhotoView} view */
export const chosenCount = ({ selection }) => selection.targets().length;
