/** The keys of the duplicates page. */
import { registerKeys } from 'pa/core/keys.js';
import { navigate } from 'pa/core/router.js';

/** @typedef {import('./state.js').DuplicatesState} DuplicatesState */

/** @param {DuplicatesState} state @param {() => void} moved the focus is elsewhere now @returns {() => void} takes the keys away */
export function registerDuplicateKeys(state, moved) {
  const there = () => state.current !== undefined;
  /** @param {string[]} keys @param {string} label @param {string} group @param {() => unknown} run */
  const key = (keys, label, group, run) => ({ keys, label, group, when: there, run: () => { run(); moved(); } });
  const focused = () => state.current?.images[state.focus.peek().photo];
  return registerKeys('duplicates', [
    key(['ArrowRight'], 'Next photo of the group', 'Move', () => state.movePhoto(1)),
    key(['ArrowLeft'], 'Previous photo of the group', 'Move', () => state.movePhoto(-1)),
    key(['ArrowDown'], 'Next group', 'Move', () => state.moveGroup(1)),
    key(['ArrowUp'], 'Previous group', 'Move', () => state.moveGroup(-1)),
    key(['k'], 'Keep this photo, or not', 'Decide', () => {
      const photo = focused();
      if (state.current && photo) state.toggle(state.current, photo.id);
    }),
    key(['x'], 'Reject the others', 'Decide', () => void state.decide(state.current, 'keep').then(moved)),
    key(['a'], 'Keep all', 'Decide', () => void state.decide(state.current, 'keep_all').then(moved)),
    key(['n'], 'Not duplicates', 'Decide', () => void state.decide(state.current, 'not_duplicates').then(moved)),
    key(['e'], 'Open the photo in the loupe', 'Show', () => {
      const photo = focused();
      if (photo) navigate(`/library/photo/${photo.id}`);
    }),
    { keys: ['u', 'Ctrl+Z'], label: 'Undo', group: 'Decide', run: () => void state.undo().then(moved) },
  ]);
}
