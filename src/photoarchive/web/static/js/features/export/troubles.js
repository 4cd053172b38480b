/** What a copy could not copy, photo by photo, with the reason. */
import { html } from 'lit-html';
import { plural } from 'pa/core/format.js';
import { sentenceOf } from 'pa/core/http.js';
import { openDialog } from 'pa/ui/dialog.js';
import { showToast } from 'pa/ui/toast.js';
import { troublesOf } from './state.js';

/** @param {import('./state.js').Copy} copy */
export async function openTroubles(copy) {
  try {
    const { errors, total } = await troublesOf(copy.id);
    await openDialog({
      title: `${plural(total, 'file')} not copied`, size: 'medium',
      body: html`<ul role="list" class="export-troubles">${errors.map((one) => html`<li><span class="break">${one.path || `Photo ${one.photo_id}`}</span><span class="muted">${one.reason}</span></li>`)}</ul>
        ${total > errors.length ? html`<p class="muted">The first ${errors.length} are shown.</p>` : ''}`,
    });
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}
