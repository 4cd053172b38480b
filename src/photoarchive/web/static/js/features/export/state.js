/** Copies of originals as the server tells them, and the verbs that start, stop and continue them. */
import { onServer } from 'pa/core/events.js';
import { bytes, plural } from 'pa/core/format.js';
import { getJson, postJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';

/**
 * @typedef {{id: number, target: string, structure: 'folders' | 'flat', sidecars: boolean, state: 'running' | 'done' | 'cancelled', started_at: number,
 *   finished_at: number | null, files: number, bytes: number, copied: number, present: number, failed: number, offline: number, copied_bytes: number}} Copy
 */
/** @typedef {{photo_id: number, path: string, reason: string, offline: boolean}} Trouble */
/** @typedef {import('pa/grid/verbs.js').Chosen | {view: Record<string, string | string[]>}} Photos */

const EVERY_MS = 700;

/** Null until the first answer. @type {import('pa/core/signals.js').Signal<Copy[] | null>} */
export const copies = signal(null);
/** Why the job rests, "" while it works. */
export const waiting = signal('');

let listeners = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** Keep `copies` true while something shows them. @returns {() => void} stops it */
export function followCopies() {
  listeners += 1;
  const off = onServer('work', (/** @type {{jobs?: {name: string, state: string, reason: string}[]}} */ work) => {
    const job = work.jobs?.find(({ name }) => name === 'export');
    waiting.value = job && ['waiting', 'paused', 'blocked'].includes(job.state) ? job.reason : '';
    soon(0);
  });
  void load();
  return () => {
    off();
    listeners -= 1;
    if (listeners === 0) clearTimeout(timer);
  };
}

async function load() {
  try {
    copies.value = (await getJson('/api/export/copies', { headers: { 'X-Automatic': '1' } })).copies;
  } catch {
    // The next round tries again; that the server is away is said by `connection`.
  }
  if (listeners && copies.peek()?.some(({ state }) => state === 'running')) soon(EVERY_MS);
}

/** @param {number} ms */
function soon(ms) {
  clearTimeout(timer);
  timer = setTimeout(() => void load(), ms);
}

/** @param {Photos} photos @param {{target: string, structure: string, sidecars: boolean}} options @returns {Promise<Copy>} */
export async function startCopy(photos, options) {
  const { copy } = await postJson('/api/export/copy', { ...photos, ...options });
  await load();
  return copy;
}

/** @param {number} id @param {'cancel' | 'continue'} verb */
export async function tellCopy(id, verb) {
  await postJson(`/api/export/copies/${id}/${verb}`);
  await load();
}

/** @param {number} id @returns {Promise<{errors: Trouble[], total: number}>} */
export const troublesOf = (id) => getJson(`/api/export/copies/${id}/errors?limit=200`);

/** How much of it is done, 0…1. @param {Copy} copy */
export function fractionOf(copy) {
  return copy.files ? (copy.copied + copy.present + copy.failed + copy.offline) / copy.files : 1;
}

/** What became of it, in words. @param {Copy} copy */
export function resultOf(copy) {
  const parts = [copy.copied ? `${plural(copy.copied, 'file')} copied and verified (${bytes(copy.copied_bytes)})` : ''];
  if (copy.present) parts.push(`${plural(copy.present, 'file')} there already`);
  if (copy.offline) parts.push(`${plural(copy.offline, 'file')} on a drive that isn’t connected`);
  if (copy.failed) parts.push(`${plural(copy.failed, 'file')} not copied`);
  return parts.filter(Boolean).join(' · ') || 'nothing copied yet';
}
