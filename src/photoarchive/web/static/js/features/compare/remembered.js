/** The strategy and the board size a person last chose. */
import { DEFAULT_SIZE, DEFAULT_STRATEGY, FEWEST, MOST, strategyOf } from './strategies.js';

const KEY = 'photoarchive.compare.';
const SMALL_SCREEN_SIZE = 8;

export function readStrategy() {
  return strategyOf(recall('strategy') ?? DEFAULT_STRATEGY).value;
}

export function readSize() {
  const known = Number(recall('size'));
  if (Number.isInteger(known) && known >= FEWEST && known <= MOST) return known;
  return innerWidth < 600 ? SMALL_SCREEN_SIZE : DEFAULT_SIZE;
}

/** @param {'strategy' | 'size'} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(KEY + name, value);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}

/** @param {string} name */
function recall(name) {
  try {
    return localStorage.getItem(KEY + name);
  } catch {
    return null;
  }
}
