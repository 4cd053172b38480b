/** The chips of a search for look-alikes say which photos it was asked for. */
import { effect } from 'pa/core/signals.js';
import { route } from 'pa/core/router.js';
import { cards } from 'pa/grid/cards.js';
import { nameValues, valuesOf } from 'pa/grid/query.js';

/** Names by value, also of those asked before. @type {Record<string, string>} */
const names = {};

effect(() => void nameAll(valuesOf(route.value.query, 'similar')));

/** @param {string[]} values each “7”, or “7@500-500-9000-9000” for a part of it */
async function nameAll(values) {
  const missing = values.filter((value) => !names[value]);
  if (!missing.length) return;
  try {
    await cards.have(missing.map(photoOf).filter(Boolean));
  } catch {
    return;             // they keep their plain name
  }
  for (const value of missing) {
    const photo = cards.get(photoOf(value));
    if (photo) names[value] = `Like ${value.includes('@') ? 'a part of ' : ''}${photo.filename}`;
  }
  nameValues('similar', { ...names });
}

/** @param {string} value */
function photoOf(value) {
  return Number(value.split('@')[0]);
}
