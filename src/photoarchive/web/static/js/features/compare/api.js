/** What Compare asks the server: boards, pairs, choices, results. */
import { getJson, postJson } from 'pa/core/http.js';

/**
 * @typedef {object} Card
 * @property {number} id
 * @property {string} filename
 * @property {number | null} aspect_ratio
 * @property {number | null} width
 * @property {number | null} height
 * @property {string} kind image, raw or video
 * @property {boolean} offline
 * @property {boolean} missing
 * @property {string} colour average, #rrggbb
 * @property {number} elo
 * @property {number | null} elo_interval
 * @property {number} comparisons
 * @property {number | null} stars
 * @property {number | null} suggested_stars
 */
/** @typedef {{total_comparisons: number, rated_images: number}} Stats */
/** @typedef {{photos: number, compared: number, confident: number, coverage: number, top: number, settled_percent: number | null, total_comparisons: number, updating: boolean}} Progress */
/** @typedef {{action_id: number, winner_id: number | null, winner_ids: number[], images: Card[], image_ids: number[], mode: string, comparisons_undone: number}} TakenBack */
/** @typedef {{images: Card[], first_rank: number, visible_images: number, progress: Progress}} Results */
/** @typedef {'mosaic' | 'swiss' | 'topn'} Mode */
/** @typedef {{mode: Mode, strategy: string, size: number, scope: string}} Wish */

/** Pairs asked for at once. */
const PAIRS = 4;

/**
 * The next boards: one mosaic, or some pairs (boards of two).
 * @param {Wish} wish @param {number[]} exclude @param {AbortSignal} signal @returns {Promise<import('./deck.js').Deal>}
 */
export async function dealBoards({ mode, strategy, size, scope }, exclude, signal) {
  const query = new URLSearchParams(scope);
  if (exclude.length) query.set('exclude', exclude.join(','));
  if (mode === 'mosaic') {
    query.set('n', String(size));
    query.set('strategy', strategy);
    const answer = await getJson(`/api/mosaic/next?${query}`, { signal });
    return { boards: answer.images.length ? [answer.images] : [], pool: answer.visible_images, stats: answer.stats };
  }
  query.set('n', String(PAIRS));
  query.set('mode', mode);
  const answer = await getJson(`/api/compare/next?${query}`, { signal });
  const boards = answer.pairs.map((/** @type {{left: Card, right: Card}} */ { left, right }) => [left, right]);
  return { boards, pool: answer.visible_images, stats: answer.stats };
}

/**
 * The letter that stores a choice. winners: best first; none for a skipped board.
 * @param {Wish} wish @param {number[]} board ids as shown @param {number[]} winners @param {string} key @returns {import('./outbox.js').Letter}
 */
export function choiceLetter({ mode, strategy }, board, winners, key) {
  const [winner, ...also] = winners, losers = board.filter((id) => id !== winner), at = Date.now();
  if (winner === undefined) return { key, at, path: '/api/compare/skip', body: { image_ids: board, mode, strategy, key } };
  if (mode === 'mosaic') {
    return { key, at, path: '/api/mosaic/pick', body: { winner_id: winner, loser_ids: losers, also_ids: also, image_ids: board, strategy, key } };
  }
  return { key, at, path: '/api/compare', body: { winner_id: winner, loser_id: losers[0], mode, image_ids: board, key } };
}

/** @param {string} path @param {Record<string, unknown>} body */
export function sendChoice(path, body) {
  return postJson(path, body);
}

/** @returns {Promise<TakenBack>} */
export function takeBack() {
  return postJson('/api/compare/undo');
}

/** @returns {Promise<TakenBack>} */
export function doAgain() {
  return postJson('/api/compare/redo');
}

/** @param {string} scope @returns {Promise<Progress>} */
export function readProgress(scope) {
  return getJson(`/api/compare/progress?${scope}`, { automatic: true });
}

/** How many look-alikes the newest choice moved. @returns {Promise<number>} */
export async function readMoved() {
  return (await getJson('/api/propagation/last', { automatic: true })).count;
}

/** @param {string} scope @param {number} offset @param {AbortSignal} signal @returns {Promise<Results>} */
export function readResults(scope, offset, signal) {
  const query = new URLSearchParams(scope);
  query.set('limit', '100');
  query.set('offset', String(offset));
  return getJson(`/api/compare/results?${query}`, { signal });
}
