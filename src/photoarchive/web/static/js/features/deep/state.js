/** Deep Search as the server tells it: status, saved terms, and what can be changed. */
import { onServer } from 'pa/core/events.js';
import { getJson, newest, postInTurn, postJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';

/** @typedef {{done: number, total: number}} Count */
/** @typedef {{enabled: boolean, days: string[], start: string, end: string, timezone: string, open: boolean, opens_at: number | null, closes_at: number | null}} Schedule */
/**
 * @typedef {{state: 'no_model'|'complete'|'waiting'|'running'|'paused'|'error', sentence: string, schedule: Schedule, model_installed: boolean, photos: Count,
 *   terms: Count, failed: number, asked: boolean, work_mode: string, rate: number | null, eta_seconds: number | null}} Status
 */
/** @typedef {{text: string, answered: boolean, uses: number, last_used: number | null}} Term */
/** @typedef {{terms: Term[], used: number, used_answered: number, max_terms: number, max_length: number}} Terms */

const EVERY_MS = 1500;
const PREFIX = 'deep_search_schedule_';

/** Changes of the schedule under way: what the server says meanwhile may be older than they are. */
let saving = 0;

/** Null until the first answer. @type {import('pa/core/signals.js').Signal<Status | null>} */
export const status = signal(null);
/** Null until the first answer. @type {import('pa/core/signals.js').Signal<Terms | null>} */
export const terms = signal(null);

const askStatus = newest(), askTerms = newest();

/** Fetch both. Raises ApiError. */
export async function loadDeep() {
  const headers = { 'X-Automatic': '1' }, isNow = askStatus(), isSaved = askTerms();
  const [now, saved] = await Promise.all([getJson('/api/deep/status', { headers }), getJson('/api/deep/terms', { headers })]);
  if (isNow() && !saving) status.value = now;
  if (isSaved()) terms.value = saved;
}

/** Keep them true while the page is open. @returns {() => void} stops it */
export function followDeep() {
  let asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const again = () => {
    asked = performance.now();
    void loadDeep().catch(() => {}); // the next news tries again; that the server is away is said by the Work bar
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(again, Math.max(0, EVERY_MS - (performance.now() - asked)));
  };
  const offs = [onServer('work', soon), onServer('settings', again), onServer('models', soon)];
  return () => {
    clearTimeout(timer);
    for (const off of offs) off();
  };
}

/** @param {{add: string} | {remove: string}} change */
export async function changeTerms(change) {
  const saved = await postInTurn('/api/deep/terms', change);
  if (askTerms()()) terms.value = saved;
}

export async function runDeep() {
  const now = (await postJson('/api/deep/run')).status;
  if (askStatus()()) status.value = now;
}

/** Change the schedule; shown at once, so that an older answer cannot turn it back. Raises ApiError. @param {Partial<Schedule>} changes */
export async function saveSchedule(changes) {
  const before = status.peek();
  if (before) status.value = { ...before, schedule: { ...before.schedule, ...changes } };
  saving += 1;
  try {
    await postInTurn('/api/settings', Object.fromEntries(Object.entries(changes).map(([key, value]) => [PREFIX + key, value])));
  } catch (error) {
    status.value = before;
    throw error;
  } finally {
    saving -= 1;
  }
  if (saving) return; // the last one asks
  const isNow = askStatus(), now = await getJson('/api/deep/status');
  if (isNow()) status.value = now;
}
