/** Export as a verb of the selection. The dialog is loaded when it is wanted. */
import { chosenCount, chosenPhotos, registerSelectionVerb } from 'pa/grid/verbs.js';

/** Longer lists of ids do not fit into an address. */
const LISTED_IDS = 1500;

/** @param {import('pa/grid/verbs.js').PhotoView} view */
async function exportChosen(view) {
  const photos = chosenPhotos(view), { openExport } = await import('./dialog.js');
  const list = 'view' in photos ? view.key : photos.image_ids.length <= LISTED_IDS ? `ids=${photos.image_ids.join(',')}` : null;
  await openExport({ count: chosenCount(view), photos, list });
}

registerSelectionVerb({ name: 'export', label: 'Export', title: 'Export a list, or copy the originals', icon: 'download', order: 90, run: (view) => void exportChosen(view) });
