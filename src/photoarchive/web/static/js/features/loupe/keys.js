/** The keys of the loupe. */
import { registerKeys } from 'pa/core/keys.js';
import { SUGGESTED_KEY } from 'pa/grid/info-stars.js';
import { LABEL_NAMES } from 'pa/grid/tile.js';
import { registerVideoKeys } from './video-keys.js';

/** @typedef {import('pa/grid/marks.js').Mark} Mark */
/**
 * @typedef {object} LoupeActions
 * @property {(by: number) => void} go
 * @property {(end: 'first' | 'last') => void} goEnd
 * @property {(by: 1 | -1) => void} goDay
 * @property {() => void} leave
 * @property {() => void} back one level: full screen, details over the photo, survey, then the grid
 * @property {(mark: Mark, advance: boolean) => void} mark
 * @property {() => void} toggleZoom
 * @property {(direction: 1 | -1) => void} step
 * @property {() => void} clipping
 * @property {() => void} survey
 * @property {() => void} info
 * @property {() => void} fullScreen
 * @property {import('./video-keys.js').Player} player its keys go before the others while a video is shown
 * @property {() => unknown} live false when no live photo is shown
 */

/** @param {LoupeActions} actions @returns {() => void} takes the keys away */
export function registerLoupeKeys(actions) {
  const stops = [registerKeys('loupe', [
    { keys: ['ArrowRight', 'ArrowDown'], label: 'Next photo', group: 'Move', run: () => actions.go(1) },
    { keys: ['ArrowLeft', 'ArrowUp'], label: 'Previous photo', group: 'Move', run: () => actions.go(-1) },
    { keys: ['PageDown'], label: 'Ten photos on', group: 'Move', run: () => actions.go(10) },
    { keys: ['PageUp'], label: 'Ten photos back', group: 'Move', run: () => actions.go(-10) },
    { keys: ['Home'], label: 'First photo', group: 'Move', run: () => actions.goEnd('first') },
    { keys: ['End'], label: 'Last photo', group: 'Move', run: () => actions.goEnd('last') },
    { keys: ['['], label: 'Previous day', group: 'Move', run: () => actions.goDay(-1) },
    { keys: [']'], label: 'Next day', group: 'Move', run: () => actions.goDay(1) },
    { keys: ['g', 'Enter', 'e'], label: 'Back to the grid', group: 'Move', run: actions.leave },
    { keys: ['Escape'], label: 'Back', group: 'Move', run: actions.back },
    { keys: ['z'], label: 'Fit or 1:1', group: 'Zoom', run: actions.toggleZoom },
    { keys: ['+', '='], label: 'Zoom in', group: 'Zoom', run: () => actions.step(1) },
    { keys: ['-'], label: 'Zoom out', group: 'Zoom', run: () => actions.step(-1) },
    { keys: ['Space'], label: 'Fit or 1:1', group: 'Zoom', run: actions.toggleZoom },
    ...markBindings(actions.mark),
    { keys: ['n'], label: 'Survey: photos side by side', group: 'Show', run: actions.survey },
    { keys: ['j'], label: 'Clipped blacks and whites', group: 'Show', run: actions.clipping },
    { keys: ['i'], label: 'Details', group: 'Show', run: actions.info },
    { keys: ['f'], label: 'Only the photo', group: 'Show', run: actions.fullScreen },
    { keys: ['l'], label: 'Play a live photo', group: 'Video', run: () => actions.live() },
  ]), registerVideoKeys(actions.player)];
  return () => { for (const stop of stops) stop(); };
}

/** @param {LoupeActions['mark']} mark */
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
