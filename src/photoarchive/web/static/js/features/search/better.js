/** Whether Deep Search has answered the search that is shown since its photos were fetched. Nothing moves by itself. */
import { onServer } from 'pa/core/events.js';
import { getJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { found } from './state.js';

/** @typedef {{jobs?: {name: string, state: string, done: number, total: number}[]}} Work */

const EVERY_MS = 2000;

/** Key of the search that would be answered better now; "": none. */
export const betterKey = signal('');

/** Look whenever Deep Search got on. @returns {() => void} stops it */
export function followDeepAnswers() {
  let asked = -Infinity, known = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asked = performance.now();
      if (!await lookForBetter()) soon();
    }, Math.max(0, asked + EVERY_MS - performance.now()));
  };
  const off = onServer('work', (work) => {
    const before = known;
    known = deepProgress(work);
    if (before && known !== before) soon();
  });
  return () => {
    clearTimeout(timer);
    off();
  };
}

/** How far Deep Search is, as a text that changes with it. @param {Work} work */
function deepProgress(work) {
  const job = work.jobs?.find(({ name }) => name === 'deep');
  return job ? `${job.state} ${job.done} of ${job.total}` : '';
}

/** Ask whether the search that is shown would be answered by the deep model now. False: it is not known yet how it was. */
export async function lookForBetter() {
  const { key, about, failure } = found.peek();
  if (key && !about && !failure) return false;
  if (!about || about.deep || !about.words || betterKey.peek() === key) return true;
  try {
    const now = await getJson(`/api/search/about?${key}`, { automatic: true });
    if (now.deep && found.peek().about === about) betterKey.value = key;
  } catch {
    // The next step of Deep Search asks again.
  }
  return true;
}
