/** The settings as the server has them, and saving one of them. */
import { onServer } from 'pa/core/events.js';
import { getJson, newest, postJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';

/** @typedef {{min?: number, max?: number, choices?: unknown[], kind?: string}} Range */
/** @typedef {{settings: Record<string, any>, defaults: Record<string, any>, ranges: Record<string, Range>}} Answer */

/** Null until the first answer. @type {import('pa/core/signals.js').Signal<Answer | null>} */
export const settings = signal(null);

const ask = newest();

/** Fetch them. Raises ApiError. */
export async function loadSettings() {
  const isNews = ask(), answer = await getJson('/api/settings');
  if (isNews()) settings.value = answer;
}

/** Keep them true while the page is open: another window may change them. @returns {() => void} stops it */
export function followSettings() {
  return onServer('settings', () => {
    void loadSettings().catch(() => {}); // the values on the page then stay; saving tells what is wrong
  });
}

/** Save one or more keys, nothing else. Raises ApiError with `field` and `range` in its details. @param {Record<string, unknown>} changes */
export async function saveSettings(changes) {
  take(await postJson('/api/settings', changes));
}

export async function resetSettings() {
  take(await postJson('/api/settings/reset'));
}

/** The settings after a change: newer than all that was asked for before. @param {Answer} answer */
function take(answer) {
  if (ask()()) settings.value = answer;
}
