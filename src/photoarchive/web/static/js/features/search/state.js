/** What is known of searches in this browser: how the view in the address was found, why its photos were, which are saved. */
import { getJson, isAbort, postJson, sentenceOf } from 'pa/core/http.js';
import { route } from 'pa/core/router.js';
import { signal } from 'pa/core/signals.js';
import { viewKey } from 'pa/grid/query.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {{query: string, search_mode: string, model: string | null, basic: boolean, cached: boolean, deep: boolean, words: boolean, strictness: number, hints: string[], did_you_mean: string[], search_ms: number, found: number, visible_images: number}} About */
/** @typedef {{meaning: number | null, strength: number | null, fields: Record<string, string[]>, tags: {label: string, probability: number}[], alike?: number | null}} Reason */
/** @typedef {{text: string, label: string, hint: string, kind: 'part' | 'value' | 'recent' | 'saved', start: number, end: number}} Completion */

/** Seconds since 1970. @typedef {{enabled: boolean, start: string, end: string, open: boolean, opens_at: number | null}} Hours */

const KEPT_REASONS = 500;
const KEPT_ABOUTS = 16;
const DEEP_SECONDS = 60;

/** How a view was found, by its key. @type {import('pa/core/signals.js').Signal<{key: string, about: About | null, failure: string}>} */
export const found = signal({ key: '', about: null, failure: '' });
/** Texts of saved searches, lower case. @type {import('pa/core/signals.js').Signal<Set<string>>} */
export const saved = signal(new Set());
/** When Deep Search answers next: its schedule; null when it has no model or no hours. @type {import('pa/core/signals.js').Signal<Hours | null>} */
export const deepHours = signal(null);

/** @type {Map<string, Reason>} */
const reasons = new Map();
/** Raised when reasons came. */
const reasonsCame = signal(0);
/** @type {Set<string>} */
const asked = new Set();
let deepAsked = -Infinity;
let running = new AbortController();

/** The key of the search in an address; "" without words. @param {URLSearchParams} params */
export const searchKey = (params) => (params.get('q') ? viewKey(params) : '');

/** Token of the view that `found` is about: fetched anew, it may have been found in another way. */
let aboutView = '';
/** How views were found, by token: photos that are shown again are those of then, whatever has answered since. @type {Map<string, About>} */
const abouts = new Map();

/** How the view was found is asked again when its photos come. */
export function forgetAbout() {
  abouts.delete(aboutView);
  aboutView = '';
}

/**
 * Ask how a view was found, once. Resolves to whether it was known: its photos may have been found long ago.
 * @param {string} key @param {string} token of the view
 */
export async function learnAbout(key, token) {
  if (found.peek().key === key && aboutView === token) return false;
  aboutView = token;
  running.abort();
  running = new AbortController();
  const kept = abouts.get(token);
  if (kept) {
    found.value = { key, about: kept, failure: '' };
    return true;
  }
  if (found.peek().key !== key) found.value = { key, about: null, failure: '' };
  try {
    const about = await getJson(`/api/search/about?${key}`, { signal: running.signal });
    keepAbout(token, about);
    found.value = { key, about, failure: '' };
  } catch (error) {
    if (!isAbort(error)) found.value = { key, about: null, failure: sentenceOf(error) };
  }
  return false;
}

/** @param {string} token @param {About} about */
function keepAbout(token, about) {
  if (!token) return;
  abouts.delete(token);
  abouts.set(token, about);
  for (const old of abouts.keys()) if (abouts.size > KEPT_ABOUTS) abouts.delete(old);
}

/** Why a photo was found, as far as it is known; asked for otherwise. @param {string} key of the search @param {number} photo @returns {Reason | undefined} */
export function reasonOf(key, photo) {
  reasonsCame.value;
  const known = reasons.get(`${photo} ${key}`);
  if (!known) void askReason(key, photo);
  return known;
}

/** @param {string} key @param {number} photo */
export async function askReason(key, photo) {
  const slot = `${photo} ${key}`;
  if (reasons.has(slot) || asked.has(slot)) return reasons.get(slot);
  asked.add(slot);
  try {
    const answer = await getJson(`/api/search/why?${key}&ids=${photo}`);
    reasons.set(slot, answer.reasons[photo]);
    for (const old of reasons.keys()) {
      if (reasons.size <= KEPT_REASONS) break;
      reasons.delete(old);
    }
    reasonsCame.value++;
  } catch {
    // Why it was found is said when the server answers again.
  } finally {
    asked.delete(slot);
  }
  return reasons.get(slot);
}

/** Remember a search that somebody made. @param {string} text */
export async function recordSearch(text) {
  try {
    await postJson('/api/search/recent', { q: text });
  } catch {
    // A search is made all the same.
  }
}

/** @param {string} text @param {number} cursor @param {AbortSignal} signal @returns {Promise<Completion[]>} */
export async function complete(text, cursor, signal) {
  return (await getJson(`/api/search/complete?${new URLSearchParams({ q: text, at: String(cursor) })}`, { signal })).completions;
}

/** @returns {Promise<{name: string, example: string, meaning: string}[]>} */
export async function languageParts() {
  return (await getJson('/api/search/language')).parts;
}

export async function loadSaved() {
  try {
    const { terms } = await getJson('/api/search/recent?limit=1');
    saved.value = new Set(terms.map((/** @type {{text: string}} */ { text }) => folded(text)));
  } catch {
    // The pin shows “not saved” until it is known.
  }
}

/** @param {string} text */
export const isSaved = (text) => saved.value.has(folded(text));

/** Save a search, or no longer. @param {string} text */
export async function togglePin(text) {
  const pinned = saved.peek().has(folded(text));
  try {
    await postJson('/api/deep/terms', pinned ? { remove: text } : { add: text });
    await loadSaved();
    showToast(pinned ? 'Search no longer saved.' : deepHours.peek() ? 'Search saved. Deep Search answers it first.' : 'Search saved. Deep Search answers it too once its model is installed.', { kind: 'done' });
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}

/** Whether Deep Search will answer tonight; asked at most once a minute. */
export async function learnDeepHours() {
  if (performance.now() - deepAsked < DEEP_SECONDS * 1000) return;
  deepAsked = performance.now();
  try {
    const { model_installed: ready, schedule } = await getJson('/api/deep/status');
    deepHours.value = ready && schedule.enabled && (schedule.open || schedule.opens_at) ? schedule : null;
  } catch {
    deepHours.value = null;
  }
}

/** @param {string} text */
const folded = (text) => text.trim().replace(/\s+/g, ' ').toLowerCase();

/** Pages that show a view: a search stays on them. */
const VIEW_PAGES = new Set(['library', 'compare', 'map']);

/**
 * The address of a search: on the page of a view its filters stay, elsewhere the Library opens. The best match goes first.
 * @param {string} text "" ends the search @param {import('pa/core/router.js').Route} [here]
 */
export function searchAddress(text, here = route.peek()) {
  const stays = VIEW_PAGES.has(here.page), params = stays ? new URLSearchParams(here.query) : new URLSearchParams();
  for (const name of ['strictness', 'ids', 'token', 'survey']) params.delete(name);
  if (text) params.set('q', text);
  else params.delete('q');
  if (text || params.get('sort')?.startsWith('similarity')) params.delete('sort');
  const path = stays ? here.path : '/library', query = params.toString();
  return query ? `${path}?${query}` : path;
}
