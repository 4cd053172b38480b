/** Undo and redo of this window's last action, with a toast that says what happened. */
import { ApiError, postInTurn, sentenceOf } from 'pa/core/http.js';
import { count } from 'pa/core/format.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {{ok: boolean, action: {id: number, kind: string, label: string, count: number}, skipped?: number}} Answer */

/** Event of the document: an action was undone or done again here; its detail is the action. */
export const UNDONE = 'pa-undone';

const SLOW_MS = 700, LONGEST_SECONDS = 120;      // what changed hundreds of thousands of photos takes a while

export function undo() {
  return step('/api/undo', 'Undone', { label: 'Redo', run: redo });
}

export function redo() {
  return step('/api/redo', 'Done again', { label: 'Undo', run: undo });
}

/** @param {string} path @param {string} verb @param {{label: string, run: () => unknown}} back */
async function step(path, verb, back) {
  const waiting = setTimeout(() => showToast(path === '/api/undo' ? 'Undoing…' : 'Doing it again…', { seconds: LONGEST_SECONDS }), SLOW_MS);
  try {
    const answer = await postInTurn(path);
    document.dispatchEvent(new CustomEvent(UNDONE, { detail: answer.action }));
    const skipped = answer.skipped ? ` ${count(answer.skipped)} had changed since and were left as they are.` : '';
    showToast(`${verb}: ${answer.action.label}.${skipped}`, { action: back, kind: 'done' });
  } catch (error) {
    // 400: there is nothing left to undo in this window, which is no failure.
    const empty = error instanceof ApiError && error.status === 400;
    showToast(sentenceOf(error), { kind: empty ? 'info' : 'error' });
  } finally {
    clearTimeout(waiting);
  }
}
