/** The address of the compare page: which tab, and which photos. Pure. */
import { plural } from 'pa/core/format.js';
import { chipsOf } from 'pa/grid/query.js';

/** @typedef {'mosaic' | 'ab' | 'top' | 'results'} Tab */

/** @type {readonly {value: Tab, label: string}[]} */
export const TABS = [
  { value: 'mosaic', label: 'Mosaic' }, { value: 'ab', label: 'A/B' }, { value: 'top', label: 'Top 50' }, { value: 'results', label: 'Results' },
];
/** Parameters that say nothing about which photos are compared. */
const NO_FILTERS = ['tab', 'sort', 'seed', 'survey', 'mode', 'strategy', 'n', 'exclude', 'limit', 'offset'];

/** @param {URLSearchParams} query @returns {Tab} */
export function tabOf(query) {
  return TABS.find(({ value }) => value === query.get('tab'))?.value ?? 'mosaic';
}

/** The filters of an address, as a query string. @param {URLSearchParams} query */
export function scopeOf(query) {
  const kept = new URLSearchParams();
  for (const [name, value] of query) if (!NO_FILTERS.includes(name) && value) kept.append(name, value);
  return kept.toString();
}

/** @param {Tab} tab @param {string} scope */
export function compareAddress(tab, scope) {
  const query = new URLSearchParams(scope);
  if (tab !== 'mosaic') query.set('tab', tab);
  const text = query.toString();
  return text ? `/compare?${text}` : '/compare';
}

/** The scope in words: "All photos", "2019 · Picked", "12 chosen photos". @param {string} scope */
export function scopeLabel(scope) {
  const params = new URLSearchParams(scope), ids = params.get('ids');
  if (ids) return plural(ids.split(',').filter(Boolean).length, 'chosen photo');
  if (params.has('token')) return 'The photos of a view';
  const labels = chipsOf(params).map(({ label }) => label);
  return labels.length ? labels.join(' · ') : 'All photos';
}

/** Where the scope can be changed. @param {string} scope */
export function libraryAddress(scope) {
  const params = new URLSearchParams(scope);
  for (const name of ['ids', 'token']) params.delete(name);
  const text = params.toString();
  return text ? `/library?${text}` : '/library';
}
