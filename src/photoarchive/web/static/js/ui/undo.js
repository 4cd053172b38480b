/** Undo and redo of this window's last action, with a toast that says what happened. */
import { postJson, sentenceOf } from 'pa/core/http.js';
import { count } from 'pa/core/format.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {{ok: boolean, action: {id: number, kind: string, label: string, count: number} | null, skipped?: number}} Answer */

export function undo() {
  return step('/api/undo', 'Undone', { label: 'Redo', run: redo });
}

export function redo() {
  return step('/api/redo', 'Done again', { label: 'Undo', run: undo });
}

/** @param {string} path @param {string} verb @param {{label: string, run: () => unknown}} back */
async function step(path, verb, back) {
  try {
    const answer = await postJson(path);
    if (!answer.action) {
      showToast(path === '/api/undo' ? 'Nothing to undo in this window.' : 'Nothing to redo in this window.');
      return;
    }
    const skipped = answer.skipped ? ` ${count(answer.skipped)} had changed since and were left as they are.` : '';
    showToast(`${verb}: ${answer.action.label}.${skipped}`, { action: back, kind: 'done' });
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}
