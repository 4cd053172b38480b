/** Correcting time and place as verbs of the selection and of the info panel. The dialogs are loaded when they are wanted. */
import { corrector } from 'pa/grid/corrected.js';
import { cards } from 'pa/grid/cards.js';
import { chosenCount, chosenPhotos, registerSelectionVerb } from 'pa/grid/verbs.js';
import { UNDONE } from 'pa/ui/undo.js';
import { correct } from './send.js';

/** @typedef {import('./send.js').What} What */
/** @typedef {import('pa/grid/verbs.js').Chosen} Chosen */
/** @typedef {import('pa/grid/verbs.js').PhotoView} PhotoView */

/** The kind of these corrections in the history. */
const KIND = 'capture';
/** Shows the view as it is now; of the page that corrected last. */
let refreshView = () => /** @type {unknown} */ (undefined);

/** @param {What} what @param {Chosen} chosen @param {number} count @param {() => unknown} changed */
async function open(what, chosen, count, changed) {
  refreshView = changed;
  if (what === 'time') return (await import('./time-dialog.js')).openTimeDialog(chosen, count, changed);
  return (await import('./place-dialog.js')).openPlaceDialog(chosen, count, changed);
}

/** @param {What} what */
const verb = (what) => (/** @type {PhotoView} */ view, /** @type {HTMLElement} */ _anchor, /** @type {() => unknown} */ refresh) => void open(what, chosenPhotos(view), chosenCount(view), refresh);

registerSelectionVerb({ name: 'time', label: 'Time', title: 'Correct when they were taken', icon: 'history', order: 60, fold: 5, run: verb('time') });
registerSelectionVerb({ name: 'place', label: 'Location', title: 'Set where they were taken', icon: 'map-pin', order: 61, fold: 5, run: verb('place') });
corrector.value = {
  open: (what, chosen, count) => open(what, chosen, count, () => {}),
  reset: (what, chosen) => correct(what, chosen, { kind: 'reset' }),
};

document.addEventListener(UNDONE, (event) => {
  if (/** @type {CustomEvent} */ (event).detail.kind !== KIND) return;
  cards.clear();
  void refreshView();
});
