/** The ways boards are put together, each in a line. */

/** @typedef {{value: string, label: string, meaning: string}} Strategy */

/** @type {readonly Strategy[]} */
export const STRATEGIES = [
  { value: 'learn', label: 'Learn', meaning: 'Photos your choice says most about. Fewest choices.' },
  { value: 'diverse', label: 'Diverse', meaning: 'Photos as different from each other as can be.' },
  { value: 'explore', label: 'Explore', meaning: 'Photos you have compared least.' },
  { value: 'compete', label: 'Compete', meaning: 'Photos rated alike, side by side.' },
  { value: 'top', label: 'Top Cut', meaning: 'Photos around the edge of the best 50.' },
  { value: 'random', label: 'Random', meaning: 'Any photos, drawn by chance.' },
];
export const DEFAULT_STRATEGY = 'learn';
export const FEWEST = 6, MOST = 16, DEFAULT_SIZE = 12;

/** @param {string} value */
export function strategyOf(value) {
  return STRATEGIES.find((one) => one.value === value) ?? STRATEGIES[0];
}

/** Keys of the tiles, in reading order: 1–9, then a–g. */
export const TILE_KEYS = [...'123456789abcdefg'];
