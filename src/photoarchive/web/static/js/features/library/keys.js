/** The keys of the library page. */
import { registerKeys } from 'pa/core/keys.js';
import { SUGGESTED_KEY } from 'pa/grid/info-stars.js';
import { LABEL_NAMES } from 'pa/grid/tile.js';

/** @typedef {import('pa/grid/navigation.js').Move} Move */
/** @typedef {import('pa/grid/marks.js').Mark} Mark */
/**
 * @typedef {object} LibraryActions
 * @property {(move: Move, extend: boolean) => void} move
 * @property {(mark: Mark, advance: boolean) => void} mark
 * @property {() => void} open
 * @property {() => void} survey
 * @property {() => void} selectAll
 * @property {() => void} toggleFocused
 * @property {() => boolean} back false when there was nothing to leave
 * @property {(by: number) => void} resize
 * @property {() => void} info
 * @property {() => void} focusGrid
 * @property {() => void} fullScreen
 */

/** @type {[string, Move, string][]} */
const MOVES = [
  ['ArrowLeft', 'left', 'Previous photo'], ['ArrowRight', 'right', 'Next photo'], ['ArrowUp', 'up', 'Photo above'], ['ArrowDown', 'down', 'Photo below'],
  ['Home', 'home', 'First photo'], ['End', 'end', 'Last photo'], ['PageUp', 'page-up', 'A screen up'], ['PageDown', 'page-down', 'A screen down'],
];

/** @param {LibraryActions} actions @returns {() => void} takes the keys away */
export function registerLibraryKeys(actions) {
  const marks = markBindings(actions.mark);
  return registerKeys('library', [
    ...MOVES.map(([key, move, label]) => ({ keys: [key], label, group: 'Move', run: () => actions.move(move, false) })),
    ...MOVES.map(([key, move, label]) => ({ keys: [`Shift+${key}`], label: `${label}, selecting`, group: 'Move', hidden: true, run: () => actions.move(move, true) })),
    { keys: ['['], label: 'Previous day', group: 'Move', run: () => actions.move('previous-day', false) },
    { keys: [']'], label: 'Next day', group: 'Move', run: () => actions.move('next-day', false) },
    { keys: ['Enter', 'Space', 'e'], label: 'Open in the loupe', group: 'Photo', run: actions.open },
    { keys: ['n'], label: 'Survey 2 to 4 photos side by side', group: 'Photo', run: actions.survey },
    ...marks,
    { keys: ['Ctrl+A'], label: 'Select all photos of the view', group: 'Select', run: actions.selectAll },
    { keys: ['Ctrl+Space'], label: 'Select or deselect the photo', group: 'Select', run: actions.toggleFocused },
    { keys: ['Escape'], label: 'Clear the selection', group: 'Select', run: actions.back },
    { keys: ['+', '='], label: 'Larger photos', group: 'Show', run: () => actions.resize(1) },
    { keys: ['-'], label: 'Smaller photos', group: 'Show', run: () => actions.resize(-1) },
    { keys: ['i'], label: 'Details', group: 'Show', run: actions.info },
    { keys: ['f'], label: 'Full screen', group: 'Show', run: actions.fullScreen },
  ]);
}

/** P, U, X and digits; with Shift also on to the next photo. @param {LibraryActions['mark']} mark */
function markBindings(mark) {
  /** @type {[string, string, Mark][]} */
  const all = [
    ['p', 'Pick', { kind: 'flag', value: 1 }], ['u', 'Unflag', { kind: 'flag', value: 0 }], ['x', 'Reject', { kind: 'flag', value: 2 }],
    ...[0, 1, 2, 3, 4, 5].map((stars) => /** @type {[string, string, Mark]} */ ([String(stars), stars === 0 ? 'No stars' : `${stars} ${stars === 1 ? 'star' : 'stars'}`, { kind: 'stars', value: stars }])),
    [SUGGESTED_KEY, 'Stars as suggested', { kind: 'stars', value: null }],
    ...[1, 2, 3, 4].map((label) => /** @type {[string, string, Mark]} */ ([String(label + 5), `${LABEL_NAMES[label]} label, again for none`, { kind: 'label', value: label, toggle: true }])),
  ];
  return [
    ...all.map(([key, label, value]) => ({ keys: [key], label, group: 'Mark', run: () => mark(value, false) })),
    ...all.map(([key, label, value]) => ({ keys: [`Shift+${key.toUpperCase()}`], label: `${label} and on to the next`, group: 'Mark', hidden: key !== 'p', run: () => mark(value, true) })),
  ];
}
