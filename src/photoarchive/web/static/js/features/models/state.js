/** The models as the server tells them, and the verbs. */
import { onServer } from 'pa/core/events.js';
import { getJson, newest, postJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';

/** @typedef {import('pa/features/models/words.js').Model} Model */
/** @typedef {import('pa/features/models/words.js').Index} Index */

const EVERY_MS = 2000;

/** Null until the first answer. @type {import('pa/core/signals.js').Signal<Model[] | null>} */
export const models = signal(null);
/** How far the index of each model is, by role. @type {import('pa/core/signals.js').Signal<Partial<Record<string, Index | null>>>} */
export const indexes = signal({});
/** Where models come from. */
export const hub = signal('');
/** Whether this browser runs on another machine: folders can then not be chosen. */
export const remote = signal(false);

const ask = newest();

/** Fetch them. Raises ApiError. */
export async function loadModels() {
  const headers = { 'X-Automatic': '1' }, isNews = ask();
  const [answer, { embedding_indexes: { lite, daily, deep } }] = await Promise.all([getJson('/api/ai/models', { headers }), getJson('/api/ai/status', { headers })]);
  remote.value = answer.remote;
  indexes.value = { basic: lite, daily: daily?.key === lite.key ? null : daily, deep };
  if (isNews()) show(answer);
}

/** Keep them true while the page is open. @returns {() => void} stops it */
export function followModels() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let later;
  const offs = [
    onServer('models', take),
    onServer('work', () => {
      later ??= setTimeout(() => {
        later = undefined;
        void loadModels().catch(() => {}); // speeds and counts; the next round tries again
      }, EVERY_MS);
    }),
  ];
  return () => {
    clearTimeout(later);
    for (const off of offs) off();
  };
}

/** @param {'install'|'pause'|'cancel'|'remove'} verb @param {string} role */
export async function tellModel(verb, role) {
  take(await postJson(`/api/ai/model/${verb}`, { role }));
}

/** Take a role's model from a folder; null: from the default one. Raises ApiError with the reason. @param {string} role @param {string | null} path */
export async function chooseModelFolder(role, path) {
  take(await postJson('/api/ai/model/folder', { role, path }));
}

/** What the server has just told: newer than all that was asked for before. @param {{models: Model[], hub: string}} answer */
function take(answer) {
  if (ask()()) show(answer);
}

/** @param {{models: Model[], hub: string}} answer */
function show(answer) {
  models.value = answer.models;
  hub.value = answer.hub;
}
