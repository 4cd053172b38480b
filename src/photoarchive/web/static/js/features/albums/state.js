/** The albums as the server tells them, and the verbs that change them. */
import { onServer } from 'pa/core/events.js';
import { getJson, newest, postJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { nameValues } from 'pa/grid/query.js';

/** @typedef {{id: number, name: string, count: number, cover: number | null, created_at: number}} Album */
/** @typedef {{ok: boolean, changed: number, action_id: number | null, album: Album | null}} Answer */
/** @typedef {import('pa/grid/verbs.js').Chosen} Chosen */

const QUIET_MS = 1000;

/** @type {import('pa/core/signals.js').Signal<Album[]>} */
export const albums = signal([]);

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

const ask = newest();
/** The catalog's revision at which they were read (−1: that failed), and the one the server has greeted with since they were asked for. */
let readAt = Infinity, greeted = -1;

/** Read the albums now and whenever something changed. Called once. */
export function followAlbums() {
  onServer('hello', ({ marks = 0, catalog = 0 }) => {
    greeted = Math.max(marks, catalog);
    if (greeted > readAt) refreshSoon();
  });
  onServer('marks', refreshSoon);
  onServer('catalog', refreshSoon);
  void loadAlbums().catch(tryAgain);
}

/** @param {boolean} [automatic] nobody did anything: background work goes on */
export async function loadAlbums(automatic = false) {
  const isNews = ask(), answer = /** @type {{albums: Album[], revision: number}} */ (await getJson('/api/albums', { automatic }));
  if (!isNews()) return;
  albums.value = answer.albums;
  readAt = answer.revision;
  if (greeted > readAt) refreshSoon();
  greeted = -1;
  nameValues('album', Object.fromEntries(answer.albums.map(({ id, name }) => [String(id), name])));
}

function refreshSoon() {
  timer ??= setTimeout(() => {
    timer = undefined;
    if (!document.hidden) void loadAlbums(true).catch(tryAgain);
  }, QUIET_MS);
}

/** Nobody waits for them: the next event or greeting is early enough. */
function tryAgain() {
  readAt = -1;
}

/** @param {string} name @param {Chosen} [chosen] @returns {Promise<Answer>} */
export const createAlbum = (name, chosen) => change('/api/albums', { name, ...chosen });

/** @param {number} id @param {'add' | 'remove' | 'rename' | 'delete'} verb @param {object} [body] @returns {Promise<Answer>} */
export const tellAlbum = (id, verb, body = {}) => change(`/api/albums/${id}/${verb}`, body);

/** @param {string} path @param {object} body @returns {Promise<Answer>} */
async function change(path, body) {
  const answer = await postJson(path, body);
  await loadAlbums();
  return answer;
}
