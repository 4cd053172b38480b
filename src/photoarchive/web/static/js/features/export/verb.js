/** Export as a verb of the selection. The dialog is loaded when it is wanted. */
import { postJson } from 'pa/core/http.js';
import { chosenCount, chosenPhotos, registerSelectionVerb } from 'pa/grid/verbs.js';
import { refusal } from 'pa/grid/words.js';
import { showToast } from 'pa/ui/toast.js';

/** Longer lists of ids do not fit into an address: the server keeps them under a token. */
const LISTED_IDS = 1500;

/** @param {import('pa/grid/verbs.js').PhotoView} view */
async function exportChosen(view) {
  const photos = chosenPhotos(view), count = chosenCount(view);
  try {
    const [{ openExport }, list] = await Promise.all([import('./dialog.js'), listOf(photos)]);
    await openExport({ count, photos, list });
  } catch (error) {
    showToast(refusal(error), { kind: 'error' });
  }
}

/** What names the photos in the address of their list: exactly those that were chosen. @param {import('pa/grid/verbs.js').Chosen} photos */
async function listOf(photos) {
  if ('image_ids' in photos && photos.image_ids.length <= LISTED_IDS) return `ids=${photos.image_ids.join(',')}`;
  return `token=${(await postJson('/api/export/choose', photos)).token}`;
}

registerSelectionVerb({ name: 'export', label: 'Export', title: 'Export a list, or copy the originals', icon: 'download', order: 90, run: (view) => void exportChosen(view) });
