/** What can be done with selected photos besides marking them. Other parts add theirs with `registerSelectionVerb`. */
import { html } from 'lit-html';
import { plural } from 'pa/core/format.js';
import { signal } from 'pa/core/signals.js';
import { openDialog } from 'pa/ui/dialog.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {import('pa/grid/view.js').PhotoView} PhotoView */
/** @typedef {{name: string, label: string, title: string, icon: string, order: number, run: (view: PhotoView) => unknown}} SelectionVerb */

/** Longer lists of ids do not fit into an address. */
const EXPORTED_IDS = 1500;

/** @type {import('pa/core/signals.js').Signal<SelectionVerb[]>} */
export const selectionVerbs = signal([]);

/** @param {SelectionVerb} verb */
export function registerSelectionVerb(verb) {
  selectionVerbs.value = [...selectionVerbs.peek().filter(({ name }) => name !== verb.name), verb].sort((a, b) => a.order - b.order);
}

registerSelectionVerb({ name: 'export', label: 'Export', title: 'Export the list as JSON or CSV', icon: 'download', order: 90, run: (view) => void exportList(view) });

/** Download the facts of the selected photos. @param {PhotoView} view */
async function exportList(view) {
  const { selection } = view, all = selection.all || selection.count === 0;
  if (!all && selection.count > EXPORTED_IDS) {
    showToast(`A list of single photos may hold ${EXPORTED_IDS}. Filter instead, then export the whole view.`, { kind: 'error' });
    return;
  }
  const format = await openDialog({
    title: `Export ${plural(all ? view.feed.count : selection.count, 'photo')}`,
    body: html`<p>A file with what the catalog knows of them: names, dates, cameras, flags, stars, ratings. The photos themselves are not copied.</p>`,
    actions: [{ label: 'Cancel', value: undefined }, { label: 'CSV', value: 'csv' }, { label: 'JSON', value: 'json', kind: 'primary' }],
  });
  if (!format) return;
  const params = new URLSearchParams(all ? view.key : { ids: Array.from(selection.indexes(), (index) => view.feed.ids[index]).join(',') });
  params.set('format', String(format));
  const link = document.createElement('a');
  link.href = `/api/export?${params}`;
  link.download = format === 'csv' ? 'photos.csv' : 'photos.json';
  document.body.append(link);
  link.click();
  link.remove();
}
