/** The models as the server tells them, and the verbs. */
import { onServer } from 'pa/core/events.js';
import { getJson, newest, postJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';

/** @typedef {import('pa/features/models/words.js').Model} Model */

/** Null until the first answer. @type {import('pa/core/signals.js').Signal<Model[] | null>} */
export const models = signal(null);
/** Where models come from. */
export const hub = signal('');
/** Whether this browser runs on another machine: folders can then not be chosen. */
export const remote = signal(false);

const ask = newest();

/** Fetch them. Raises ApiError. */
export async function loadModels() {
  const isNews = ask(), answer = await getJson('/api/ai/models', { headers: { 'X-Automatic': '1' } });
  remote.value = answer.remote;
  if (isNews()) show(answer);
}

/** Keep them true while the page is open. @returns {() => void} stops it */
export function followModels() {
  const offs = [
    onServer('models', take),
    onServer('work', () => { if (models.peek()?.some((model) => model.running)) void loadModels().catch(() => {}); }), // speeds; the next round tries again
  ];
  return () => { for (const off of offs) off(); };
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
