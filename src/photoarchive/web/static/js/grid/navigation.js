/** Where arrow keys lead in a justified layout. Pure: positions in, a position out. */
import { placeRow, rowAt, rowOf } from './layout.js';
import { lastAtMost } from './feed.js';

/** @typedef {import('./layout.js').Layout} Layout */
/** @typedef {import('./layout.js').LayoutInput} LayoutInput */
/** @typedef {'left'|'right'|'up'|'down'|'home'|'end'|'page-up'|'page-down'|'previous-day'|'next-day'} Move */

const lefts = new Int32Array(4096), widths = new Int32Array(4096);

/** Horizontal middle of a photo. @param {Layout} layout @param {LayoutInput} input @param {number} index */
export function middleOf(layout, input, index) {
  const row = rowOf(layout, index);
  placeRow(layout, input, row, lefts, widths);
  const n = index - layout.rowFirst[row];
  return lefts[n] + widths[n] / 2;
}

/** The photo of a row that is nearest to a horizontal position. @param {Layout} layout @param {LayoutInput} input @param {number} row @param {number} x */
export function nearestInRow(layout, input, row, x) {
  const count = placeRow(layout, input, row, lefts, widths);
  let best = 0, distance = Infinity;
  for (let n = 0; n < count; n++) {
    const away = Math.max(lefts[n] - x, x - lefts[n] - widths[n], 0);
    if (away < distance) {
      best = n;
      distance = away;
    }
  }
  return layout.rowFirst[row] + best;
}

/**
 * The position a key leads to. goalX: horizontal position to keep while moving up and down.
 * @param {Layout} layout @param {LayoutInput} input @param {number} index @param {Move} move
 * @param {{goalX: number, viewport: number}} at
 */
export function moved(layout, input, index, move, { goalX, viewport }) {
  const last = input.aspects.length - 1, row = rowOf(layout, index);
  if (move === 'left') return Math.max(0, index - 1);
  if (move === 'right') return Math.min(last, index + 1);
  if (move === 'home') return 0;
  if (move === 'end') return last;
  if (move === 'up') return row > 0 ? nearestInRow(layout, input, row - 1, goalX) : index;
  if (move === 'down') return row < layout.rows - 1 ? nearestInRow(layout, input, row + 1, goalX) : index;
  if (move === 'page-up' || move === 'page-down') return pageMoved(layout, input, row, move === 'page-up' ? -viewport : viewport, goalX);
  return dayMoved(input, index, move === 'next-day' ? 1 : -1);
}

/** The first photo of the next day (or part by likeness), or of this one and then of the one before; stays where photos stand under nothing. @param {LayoutInput} input @param {number} index @param {1 | -1} by */
export function dayMoved({ sections: kind, aspects, sectionFirst, sectionKeys }, index, by) {
  if (kind === 'none') return index;
  const sections = sectionKeys.length, section = lastAtMost(sectionFirst, index, sections), start = sectionFirst[section];
  if (by > 0) return section + 1 < sections ? sectionFirst[section + 1] : aspects.length - 1;
  return index > start || section === 0 ? start : sectionFirst[section - 1];
}

/** @param {Layout} layout @param {LayoutInput} input @param {number} row @param {number} by @param {number} goalX */
function pageMoved(layout, input, row, by, goalX) {
  const y = layout.rowTop[row] + Math.sign(by) * Math.max(1, Math.abs(by) - layout.rowHeight[row]);
  const found = rowAt(layout, Math.max(0, y));
  const target = found === row ? Math.max(0, Math.min(layout.rows - 1, row + Math.sign(by))) : found;
  return nearestInRow(layout, input, target, goalX);
}
