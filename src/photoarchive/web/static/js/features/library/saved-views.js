/** Saved views: a filter and sort under a name. Open, save, delete. */
import { html } from 'lit-html';
import { ApiError, deleteJson, getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { viewKey } from 'pa/grid/query.js';
import { confirmDialog, openDialog } from 'pa/ui/dialog.js';
import { openMenu } from 'pa/ui/menu.js';
import { showToast } from 'pa/ui/toast.js';
import { undo } from 'pa/ui/undo.js';

/** @typedef {import('./state.js').LibraryState} LibraryState */
/** @typedef {{id: number, name: string, query: string}} SavedView */

/** @param {HTMLElement} anchor @param {LibraryState} state */
export async function openSavedViews(anchor, state) {
  /** @type {SavedView[]} */
  let views;
  try {
    views = (await getJson('/api/views')).views;
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
    return;
  }
  const key = viewKey(state.params.value);
  openMenu(anchor, [
    ...views.map((view) => ({ label: view.name, checked: viewKey(paramsOf(view)) === key, run: () => state.apply(paramsOf(view)) })),
    ...(views.length ? [/** @type {'line'} */ ('line')] : []),
    { label: 'Save this view…', icon: 'bookmark-plus', run: () => void save(state) },
    ...(views.length ? [{ label: 'Delete a saved view…', icon: 'trash-2', run: () => void remove(views) }] : []),
  ], { label: 'Saved views' });
}

/** @param {SavedView} view */
const paramsOf = (view) => new URLSearchParams(typeof view.query === 'string' ? view.query.replace(/^\?/, '') : view.query);

/** @param {LibraryState} state */
async function save(state) {
  let name = '';
  const answer = await openDialog({
    title: 'Save this view',
    body: (/** @type {import('pa/ui/dialog.js').DialogControl} */ control) => html`<label class="stack">Name
      <input class="field-input" type="text" maxlength="80" autofocus @input=${(/** @type {Event} */ event) => { name = /** @type {HTMLInputElement} */ (event.target).value.trim(); }}
        @keydown=${(/** @type {KeyboardEvent} */ event) => { if (event.key === 'Enter' && name) control.close('save'); }}></label>
      <p class="muted">Keeps the filters, the search and the sort. It shows what fits them whenever you open it.</p>`,
    actions: [{ label: 'Cancel', value: undefined }, { label: 'Save', value: 'save', kind: 'primary' }],
  });
  if (answer === 'save' && name) await keep(name, viewKey(state.params.value));
}

/** @param {string} name @param {string} query @param {boolean} [replace] whether it takes the place of one that has the name */
async function keep(name, query, replace = false) {
  try {
    await postJson('/api/views', { name, query, replace });
    showToast(replace ? `“${name}” is replaced.` : `Saved as “${name}”.`, { kind: 'done', action: { label: 'Undo', run: undo } });
  } catch (error) {
    const taken = error instanceof ApiError && error.status === 409;
    if (!taken) showToast(sentenceOf(error), { kind: 'error' });
    else if (await confirmDialog({ title: `Replace “${name}”?`, body: 'There is a saved view with this name. It will show these filters and this sort instead.', confirm: 'Replace' })) await keep(name, query, true);
  }
}

/** @param {SavedView[]} views */
async function remove(views) {
  const id = await openDialog({
    title: 'Delete a saved view',
    body: (/** @type {import('pa/ui/dialog.js').DialogControl} */ control) => html`<p class="muted">Only the name and its filters go. Photos stay as they are.</p>
      <div class="stack">${views.map((view) => html`<button type="button" class="btn" @click=${() => control.close(view.id)}>${view.name}</button>`)}</div>`,
    actions: [{ label: 'Cancel', value: undefined }],
  });
  if (id === undefined) return;
  try {
    await deleteJson(`/api/views/${id}`);
    showToast('The saved view is deleted.', { kind: 'done', action: { label: 'Undo', run: undo } });
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}
