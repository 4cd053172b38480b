/** The keys of the map page. */
import { registerKeys } from 'pa/core/keys.js';

/**
 * @param {{box: () => void, back: () => boolean, all: () => void, zoom: (by: number) => void, filters: () => void, list: () => void}} verbs
 * @returns {() => void}
 */
export function registerMapKeys({ box, back, all, zoom, filters, list }) {
  const group = 'Map';
  return registerKeys('map', [
    { keys: ['+', '='], label: 'Zoom in', group, run: () => zoom(1) },
    { keys: ['-'], label: 'Zoom out', group, run: () => zoom(-1) },
    { keys: ['a'], label: 'Show all photos', group, run: all },
    { keys: ['b'], label: 'Select an area', group, run: box },
    { keys: ['f'], label: 'Filters', group, run: filters },
    { keys: ['v'], label: 'Map or list of places', group, run: list },
    { keys: ['Escape'], label: 'Back', group, run: back, hidden: true },
  ]);
}
