/** The sources as the server tells them, and the verbs that change them. */
import { onServer } from 'pa/core/events.js';
import { getJson, newest, postJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';

/** @typedef {{found: number, new: number, changed: number, moved: number, copies?: number, missing: number, errors: number, seconds: number}} LastScan */
/** @typedef {{kind: string, sentence: string, options: {value: string, label: string}[]}} Question */
/**
 * @typedef {object} Source
 * @property {number} id
 * @property {string} path
 * @property {string} display_name
 * @property {'online'|'offline'|'scanning'|'queued'|'removed'} state
 * @property {boolean} online
 * @property {number} image_count
 * @property {number} active_image_count
 * @property {number} video_count
 * @property {number} missing_count
 * @property {number} error_count
 * @property {number | string | null} last_scan_at
 * @property {LastScan | null} last_scan
 * @property {{found: number, new: number, done_fraction: number | null} | null} scan
 * @property {Question | null} question
 * @property {string[]} exclude
 * @property {boolean} watch
 * @property {boolean} included
 * @property {boolean} in_trash its catalog data goes for good 30 days after `removed_at`
 * @property {number | null} removed_at
 */
/** @typedef {{path: string, reason: string, at: number}} FileError */

const REFRESH_MS = 1000;

/** Null until the first answer. @type {import('pa/core/signals.js').Signal<Source[] | null>} */
export const sources = signal(null);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let listeners = 0;
const ask = newest();

/** Keep `sources` true while at least one page shows them. @returns {() => void} stops it */
export function followSources() {
  const off = [onServer('sources', refreshSoon), onServer('scan', (scan) => { if (scan.scanning) refreshSoon(); }), onServer('hello', refreshSoon)];
  listeners += 1;
  return () => {
    for (const stop of off) stop();
    listeners -= 1;
    if (listeners > 0) return;
    clearTimeout(timer);
    timer = undefined;
  };
}

/** Fetch the sources now. Raises ApiError. */
export async function loadSources() {
  const isNews = ask(), { sources: found } = await getJson('/api/catalog');
  if (isNews()) sources.value = found;
}

/** At most once a second, however many events come. */
function refreshSoon() {
  if (timer !== undefined) return;
  timer = setTimeout(async () => {
    timer = undefined;
    try {
      await loadSources();
    } catch {
      // The next event tries again; that the server is away is said by `connection`.
    }
  }, REFRESH_MS);
}

/** @param {string} path @returns {Promise<Source>} */
export async function addSource(path) {
  const answer = await postJson('/api/catalog/sources', { path, scan: true });
  take(answer.catalog.sources);
  return answer.source;
}

/** Any of the verbs of one source. @param {number} id @param {string} verb @param {object} [body] @returns {Promise<void>} */
export async function tellSource(id, verb, body = {}) {
  const answer = await postJson(`/api/catalog/sources/${id}/${verb}`, body);
  if (!answer.catalog) return loadSources();
  take(answer.catalog.sources);
}

/** The sources after a change: newer than all that was asked for before. @param {Source[]} list */
function take(list) {
  if (ask()()) sources.value = list;
}

/** Whether this machine has a native folder chooser that we may open. @returns {Promise<boolean>} */
export async function hasNativeChooser() {
  try {
    return (await getJson('/api/catalog/folder-picker')).available === true;
  } catch {
    return false;
  }
}

/** Ask with the native chooser; null when the user closed it. @returns {Promise<string | null>} */
export async function chooseNatively() {
  const answer = await postJson('/api/catalog/select-folder');
  return answer.ok && answer.path ? answer.path : null;
}

/** @param {number} id @param {number} offset @returns {Promise<{errors: FileError[], total: number}>} */
export function sourceErrors(id, offset) {
  return getJson(`/api/catalog/sources/${id}/errors?limit=100&offset=${offset}`);
}
