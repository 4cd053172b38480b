/** Background work as the server tells it: one signal, and the verbs that change it. */
import { onServer } from 'pa/core/events.js';
import { getJson, newest, postJson, sentenceOf } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {'idle'|'running'|'waiting'|'paused'|'blocked'} JobState */
/** @typedef {{name: string, title: string, state: JobState, reason: string, done: number, total: number, failed: number, rate: number | null, eta_seconds: number | null}} JobInfo */
/** @typedef {{jobs: JobInfo[], mode: 'browse'|'light'|'max', governor: {mode?: string, reason?: string}, paused_all: boolean}} Work */
/** @typedef {{photo_id: number | null, path: string, reason: string, at: number}} JobError */

/** Null until the first answer. @type {import('pa/core/signals.js').Signal<Work | null>} */
export const work = signal(null);

const ask = newest();

/** Hear the server, and ask once for the state now. */
export function startWork() {
  onServer('work', tell);
  void refreshWork();
}

/** The state that the server has just told: newer than all that was asked for before. @param {Work} data */
function tell(data) {
  if (ask()()) work.value = data;
}

async function refreshWork() {
  const isNews = ask();
  try {
    const answer = await getJson('/api/work');
    if (isNews()) work.value = answer;
  } catch {
    // Said by `connection`; the next event brings the state.
  }
}

/** @param {string} name @param {'pause'|'resume'|'run'} verb */
export function tellJob(name, verb) {
  return change(`/api/work/${encodeURIComponent(name)}/${verb}`);
}

/** @param {boolean} pause */
export function pauseAll(pause) {
  return change(pause ? '/api/work/pause-all' : '/api/work/resume-all');
}

/** @param {string} mode */
export function setMode(mode) {
  if (work.value) work.value = { ...work.value, mode: /** @type {Work['mode']} */ (mode) };
  return change('/api/work/mode', { mode });
}

/** @param {string} name @param {number} offset @returns {Promise<{errors: JobError[], total: number}>} */
export function jobErrors(name, offset) {
  return getJson(`/api/work/${encodeURIComponent(name)}/errors?limit=50&offset=${offset}`);
}

/** @param {string} path @param {object} [body] */
async function change(path, body) {
  try {
    tell((await postJson(path, body)).work);
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
    await refreshWork();
  }
}
