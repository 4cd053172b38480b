/**
 * The query of a view as it stands in the address: filters, words, sort. Parses, changes and writes it; names it in words.
 * Without DOM. What a filter means is the server's business (catalog/query.py); unknown parameters are carried along.
 */
import { LOCALE } from 'pa/core/format.js';
import { signal } from 'pa/core/signals.js';

/** @typedef {{key: string, title: string, down: string, up: string, downFirst: boolean}} SortKey */

/** Sort keys with what their two directions mean. @type {readonly SortKey[]} */
export const SORTS = [
  sort('elo', 'Rating', 'Best first', 'Weakest first'),
  sort('confidence', 'Confidence', 'Surest first', 'Least sure first'),
  sort('date_taken', 'Date taken', 'Newest first', 'Oldest first'),
  sort('added', 'Date added', 'Newest first', 'Oldest first'),
  sort('date_modified', 'Date modified', 'Newest first', 'Oldest first'),
  sort('stars', 'Stars', 'Most first', 'Fewest first'),
  sort('file_size', 'File size', 'Largest first', 'Smallest first'),
  sort('resolution', 'Resolution', 'Largest first', 'Smallest first'),
  sort('camera', 'Camera', 'Z to A', 'A to Z', false),
  sort('filename', 'File name', 'Z to A', 'A to Z', false),
  sort('album', 'Album order', 'Last added first', 'First added first', false),
  sort('random', 'Random', 'Shuffled', 'Shuffled, backwards'),
  sort('similarity', 'Best match', 'Best first', 'Weakest first'),
  sort('similar', 'Likeness', 'Most alike first', 'Least alike first'),
];
export const DEFAULT_SORT = 'elo_desc';

/** Other spellings of sorts that addresses may carry. @type {Record<string, string>} */
const SORT_SPELLINGS = {
  rating: 'elo', newest: 'added_desc', oldest: 'added_asc', comparisons: 'confidence_desc', least_compared: 'confidence_asc',
  size: 'file_size', name: 'filename', taken: 'date_taken', modified: 'date_modified', date_added: 'added',
};

/** Parameters that are no filters: they belong to the page. */
const PAGE_PARAMS = new Set(['sort', 'seed', 'survey', 'strictness']);
/** Values may contain commas, so each is a parameter of its own. */
const REPEATED = new Set(['folder', 'camera', 'lens', 'keyword', 'place', 'bbox']);

/** @type {Record<string, Record<string, string>>} */
const VALUE_NAMES = {
  flag: { picked: 'Picked', unflagged: 'Unflagged', rejected: 'Rejected' },
  orientation: { landscape: 'Landscape', portrait: 'Portrait', square: 'Square' },
  compared: { compared: 'Ranked', uncompared: 'Unranked', confident: '10 or more choices' },
  is: { offline: 'Drive not connected', missing: 'File missing', unreadable: 'Cannot be read', damaged: 'Damaged', duplicate: 'Duplicate', estimated: 'Date estimated' },
  has: { gps: 'Has location', raw: 'Has RAW', video: 'Has video', keywords: 'Has keywords', pair: 'Pair', faces: 'Has faces' },
  file_type: { raw: 'RAW', video: 'Video', image: 'Image', jpg: 'JPEG', tif: 'TIFF' },
  label: { 0: 'No label', 1: 'Red', 2: 'Yellow', 3: 'Green', 4: 'Blue', 5: 'Purple', 6: 'Orange', 7: 'Grey' },
};

/** Names of values that only the server knows: parameter → value → name. @type {import('pa/core/signals.js').Signal<Record<string, Record<string, string>>>} */
const namedValues = signal({});

/** @param {string} param @param {Record<string, string>} names by value */
export function nameValues(param, names) {
  namedValues.value = { ...namedValues.peek(), [param]: names };
}

/** Whether a sort makes sense for a query: similarity needs words, the order of an album exactly one album. @param {string} key @param {URLSearchParams} params */
export function sortFits(key, params) {
  if (key === 'similarity') return params.has('q');
  if (key === 'similar') return params.has('similar');
  return key !== 'album' || valuesOf(params, 'album').length === 1;
}

/** One filter value as a chip shows it. @typedef {{name: string, value: string, label: string}} FilterChip */

/** @param {string} key @param {string} title @param {string} down @param {string} up @param {boolean} [downFirst] @returns {SortKey} */
function sort(key, title, down, up, downFirst = true) {
  return { key, title, down, up, downFirst };
}

/**
 * The query string that names a view: only what changes its photos or their order, in a fixed order, defaults left out.
 * @param {URLSearchParams} params
 */
export function viewKey(params) {
  const kept = new URLSearchParams();
  for (const [name, value] of params) if (name !== 'survey' && name !== 'sort' && value) kept.append(name, value);
  kept.sort();
  const order = readSort(params);
  if (order !== DEFAULT_SORT) kept.append('sort', order);
  return kept.toString();
}

/** The sort with its direction. @param {URLSearchParams} params */
export function readSort(params) {
  const text = params.get('sort') ?? '';
  if (!text && params.get('similar')) return 'similar_desc';
  if (!text) return params.get('q') && !params.has('sort') ? 'similarity_desc' : DEFAULT_SORT;
  const spelled = SORT_SPELLINGS[text] ?? text, known = splitSort(spelled);
  if (known.direction) return spelled;
  const entry = SORTS.find(({ key }) => key === spelled);
  return entry ? `${spelled}_${entry.downFirst ? 'desc' : 'asc'}` : DEFAULT_SORT;
}

/** @param {string} text */
export function splitSort(text) {
  const found = /^(.*)_(asc|desc)$/.exec(text);
  return found ? { key: found[1], direction: found[2] } : { key: text, direction: '' };
}

/** @param {URLSearchParams} params @param {string} order */
export function withSort(params, order) {
  const next = new URLSearchParams(params);
  next.delete('seed');
  next.set('sort', order);
  if (order.startsWith('random')) next.set('seed', String(Math.floor(Math.random() * 2 ** 31)));
  return next;
}

/** Values of a filter. @param {URLSearchParams} params @param {string} name @returns {string[]} */
export function valuesOf(params, name) {
  const all = params.getAll(name).filter(Boolean);
  return REPEATED.has(name) || name === 'q' ? all : all.flatMap((text) => text.split(',')).filter(Boolean);
}

/** @param {URLSearchParams} params @param {string} name @param {string[]} values */
export function withValues(params, name, values) {
  const next = new URLSearchParams(params);
  next.delete(name);
  if (REPEATED.has(name)) for (const value of values) next.append(name, value);
  else if (values.length) next.set(name, values.join(','));
  if (name === 'album' && next.get('sort')?.startsWith('album') && !sortFits('album', next)) next.delete('sort');
  return next;
}

/** Add a value, or take it away when it is there. @param {URLSearchParams} params @param {string} name @param {string} value */
export function withToggled(params, name, value) {
  const values = valuesOf(params, name);
  return withValues(params, name, values.includes(value) ? values.filter((one) => one !== value) : [...values, value]);
}

/** The same photos in the order of the server. @param {URLSearchParams} params */
export function withoutSort(params) {
  const next = new URLSearchParams(params);
  for (const name of ['sort', 'seed']) next.delete(name);
  return next;
}

/** The same order of all photos. @param {URLSearchParams} params */
export function withoutFilters(params) {
  const next = new URLSearchParams();
  for (const name of ['sort', 'seed']) {
    const value = params.get(name);
    if (value && !/^(similar|album)/.test(value)) next.set(name, value);
  }
  return next;
}

/** Every active filter value, in the order of the address. @param {URLSearchParams} params @returns {FilterChip[]} */
export function chipsOf(params) {
  const names = [...new Set(params.keys())].filter((name) => !PAGE_PARAMS.has(name));
  return names.flatMap((name) => valuesOf(params, name).map((value) => ({ name, value, label: chipLabel(name, value) })));
}

/** The chips of filters; a search is none. @param {URLSearchParams} params @returns {FilterChip[]} */
export const filtersOf = (params) => chipsOf(params).filter(({ name }) => name !== 'q');

/** No filters any more; the search and its order stay. @param {URLSearchParams} params */
export function onlySearch(params) {
  const next = withoutFilters(params);
  for (const name of ['q', 'strictness', 'sort']) {
    const value = params.get(name);
    if (params.has('q') && value && !value.startsWith('album')) next.set(name, value);
  }
  return next;
}

/** @param {string} name @param {string} value */
export function chipLabel(name, value) {
  const named = VALUE_NAMES[name]?.[value] ?? namedValues.value[name]?.[value];
  if (named) return name === 'label' && value !== '0' ? `${named} label` : named;
  if (name === 'q') return `“${value}”`;
  if (name === 'min_stars') return value === '0' ? 'Any stars' : `${value} ${value === '1' ? 'star' : 'stars'} or more`;
  if (name === 'stars') return starsLabel(value);
  if (name === 'rating') return `Best ${value.replace(/^top/, '').replace(/%$/, '')} %`;
  if (name === 'date_from') return `From ${dateLabel(value)}`;
  if (name === 'date_to') return `Until ${dateLabel(value)}`;
  if (name === 'date_taken') return value === 'undated' ? 'No date' : dateLabel(value);
  if (name === 'keyword') return value.replaceAll('|', ' › ');
  if (name === 'place') return placeLabel(value);
  if (name === 'bbox') return 'Area on the map';
  if (name === 'group') return 'Visual group';
  if (name === 'similar') return value.includes('@') ? 'Like a part of a photo' : 'Like a photo';
  if (name === 'album') return `Album ${value}`;
  if (name === 'folder') return value.split('/').filter(Boolean).at(-1) ?? value;
  if (name === 'file_type') return value.replace(/^\./, '').toUpperCase();
  if (name === 'has' && value.startsWith('-')) return `Without ${VALUE_NAMES.has[value.slice(1)]?.replace(/^Has /, '') ?? value.slice(1)}`;
  return value;
}

/** “2019” as it is, “2019-07” as “July 2019”, “2019-07-14” as “14 Jul 2019”. @param {string} value */
function dateLabel(value) {
  const [year, month, day] = value.split('-').map(Number), at = Date.UTC(year, (month || 1) - 1, day || 1);
  if (!month || Number.isNaN(at)) return value;
  return new Intl.DateTimeFormat(LOCALE, { year: 'numeric', month: day ? 'short' : 'long', ...(day && { day: 'numeric' }), timeZone: 'UTC' }).format(at);
}

/** “NO|Nordland|Reine” by its last part, “NO” as “Norway”. @param {string} value */
function placeLabel(value) {
  const last = value.split('|').findLast(Boolean) ?? value;
  return /^[A-Z]{2}$/.test(last) ? new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(last) ?? last : last;
}

/** @param {string} value */
function starsLabel(value) {
  if (value === 'none') return 'No stars';
  const [, least, count] = /^(>=|=)?(\d)$/.exec(value) ?? [];
  if (!count) return value;
  return `${count} ${count === '1' ? 'star' : 'stars'}${least === '>=' ? ' or more (own)' : ''}`;
}

/** "Best first" … of a sort. @param {string} order */
export function sortTitle(order) {
  const { key, direction } = splitSort(order), entry = SORTS.find((one) => one.key === key);
  return { title: entry?.title ?? key, direction: direction === 'asc' ? entry?.up ?? '' : entry?.down ?? '' };
}
