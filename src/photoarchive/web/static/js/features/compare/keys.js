/** The keys of the compare page. */
import { registerKeys } from 'pa/core/keys.js';
import { TILE_KEYS } from './strategies.js';

/**
 * @typedef {object} CompareActions
 * @property {() => 'mosaic' | 'pair' | ''} showing what is on screen to choose from
 * @property {(index: number, more: boolean) => void} choose
 * @property {(move: 'left' | 'right' | 'up' | 'down') => void} move
 * @property {(more: boolean) => void} chooseFocused
 * @property {() => void} skip
 * @property {() => void} undo
 * @property {() => void} redo
 * @property {() => void} shuffle
 * @property {(on: boolean) => void} zoom
 * @property {() => boolean} back false when there was nothing to leave
 */

/** @typedef {import('pa/core/keys.js').Binding} Binding */
/** @type {['ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown', 'left' | 'right' | 'up' | 'down', string][]} */
const MOVES = [['ArrowLeft', 'left', 'Previous photo'], ['ArrowRight', 'right', 'Next photo'], ['ArrowUp', 'up', 'Photo above'], ['ArrowDown', 'down', 'Photo below']];

/** @param {CompareActions} actions @returns {() => void} takes the keys away */
export function registerCompareKeys(actions) {
  const mosaic = () => actions.showing() === 'mosaic', pair = () => actions.showing() === 'pair', any = () => actions.showing() !== '';
  return registerKeys('compare', [
    ...tileBindings(actions, mosaic),
    ...MOVES.map(([key, move, label]) => ({ keys: [key], label, group: 'Mosaic', when: mosaic, run: () => actions.move(move) })),
    { keys: ['Enter'], label: 'Choose the photo with the focus, or finish the choice', group: 'Mosaic', when: mosaic, run: () => actions.chooseFocused(false) },
    { keys: ['Shift+Enter'], label: 'Choose it, and others after it', group: 'Mosaic', when: mosaic, hidden: true, run: () => actions.chooseFocused(true) },
    { keys: ['ArrowLeft', 'ArrowUp'], label: 'Choose the left or upper photo', group: 'A/B and Top 50', when: pair, run: () => actions.choose(0, false) },
    { keys: ['ArrowRight', 'ArrowDown'], label: 'Choose the right or lower photo', group: 'A/B and Top 50', when: pair, run: () => actions.choose(1, false) },
    { keys: ['Space'], label: 'Skip: nothing to choose', group: 'Compare', when: any, run: actions.skip },
    { keys: ['u', 'Ctrl+Z'], label: 'Undo the last choice and show its photos', group: 'Compare', run: actions.undo },
    { keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], label: 'Choose again what was undone', group: 'Compare', run: actions.redo },
    { keys: ['r'], label: 'Reshuffle: other photos', group: 'Compare', run: actions.shuffle },
    { keys: ['z'], label: 'Zoom while held: one photo large, in A/B both at 1:1', group: 'Compare', when: any, run: (event) => { if (!event.repeat) actions.zoom(true); }, release: () => actions.zoom(false) },
    { keys: ['Escape'], label: 'Leave the zoom, or begin the choice again', group: 'Compare', run: actions.back },
  ]);
}

/** 1–9 and a–g; with Shift as the first of two or three. @param {CompareActions} actions @param {() => boolean} when @returns {Binding[]} */
function tileBindings(actions, when) {
  return [false, true].flatMap((more) => TILE_KEYS.map((key, index) => ({
    keys: [more ? `Shift+${key.toUpperCase()}` : key], when, group: 'Mosaic', hidden: index > 0, run: () => actions.choose(index, more),
    label: more ? 'Choose it as the best, then a second and third' : 'Choose a photo by the key in its corner',
  })));
}
