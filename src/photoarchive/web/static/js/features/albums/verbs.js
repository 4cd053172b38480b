/** What can be done with albums: put photos in, take them out, make, rename, delete; each can be undone. */
import { html } from 'lit-html';
import { count, plural } from 'pa/core/format.js';
import { navigate, route } from 'pa/core/router.js';
import { chosenPhotos, registerSelectionVerb } from 'pa/grid/verbs.js';
import { refusal } from 'pa/grid/words.js';
import { openDialog } from 'pa/ui/dialog.js';
import { openMenu } from 'pa/ui/menu.js';
import { showToast } from 'pa/ui/toast.js';
import { undo } from 'pa/ui/undo.js';
import { albums, createAlbum, tellAlbum } from './state.js';

/** @typedef {import('./state.js').Album} Album */
/** @typedef {import('./state.js').Answer} Answer */
/** @typedef {import('pa/grid/verbs.js').Chosen} Chosen */
/** @typedef {import('pa/grid/verbs.js').PhotoView} PhotoView */

const MAX_NAME = 120;

/** @param {string} title @param {string} confirm @param {string} [name] @returns {Promise<string>} "" when it was given up */
async function askName(title, confirm, name = '') {
  let typed = name;
  const answer = await openDialog({
    title,
    body: (/** @type {import('pa/ui/dialog.js').DialogControl} */ control) => html`<label class="stack">Name
      <input class="field-input" type="text" maxlength=${MAX_NAME} autofocus .value=${name} @input=${(/** @type {Event} */ event) => { typed = /** @type {HTMLInputElement} */ (event.target).value; }}
        @keydown=${(/** @type {KeyboardEvent} */ event) => { if (event.key === 'Enter' && typed.trim()) control.close('ok'); }}></label>`,
    actions: [{ label: 'Cancel', value: undefined }, { label: confirm, value: 'ok', kind: 'primary' }],
  });
  return answer === 'ok' ? typed.trim() : '';
}

/** Do it, and say what was done. @param {Promise<Answer>} doing @param {(answer: Answer) => string} say */
async function tell(doing, say) {
  try {
    const answer = await doing;
    showToast(say(answer), { kind: 'done', action: answer.action_id ? { label: 'Undo', run: undo } : undefined });
    return answer;
  } catch (error) {
    showToast(refusal(error), { kind: 'error' });
    return null;
  }
}

/** @param {Chosen} [chosen] photos to begin with */
export async function makeAlbum(chosen) {
  const name = await askName('New album', chosen ? 'Make album' : 'Make empty album');
  if (!name) return null;
  return tell(createAlbum(name, chosen), ({ changed }) => (chosen ? `The album “${name}” holds ${plural(changed, 'photo')}.` : `The album “${name}” is there. Select photos to add them.`));
}

/** @param {Album} album */
export async function renameAlbum(album) {
  const name = await askName(`Rename “${album.name}”`, 'Rename', album.name);
  if (name && name !== album.name) await tell(tellAlbum(album.id, 'rename', { name }), () => `Renamed to “${name}”.`);
}

/** Photos stay, and it can be undone: no question is needed. @param {Album} album */
export async function deleteAlbum(album) {
  const done = await tell(tellAlbum(album.id, 'delete'), () => `The album “${album.name}” is deleted. Its photos stay in the library.`);
  const query = new URLSearchParams(route.peek().query);
  if (done && albumsOf(query).includes(String(album.id))) {
    query.delete('album');
    if (query.get('sort')?.startsWith('album')) query.delete('sort');
    navigate(`/library${query.size ? `?${query}` : ''}`);
  }
}

/** @param {PhotoView} view @param {HTMLElement} anchor */
function openAdd(view, anchor) {
  const chosen = chosenPhotos(view);
  openMenu(anchor, [
    { label: 'New album…', icon: 'folder-plus', run: () => void makeAlbum(chosen) },
    ...(albums.peek().length ? [/** @type {'line'} */ ('line')] : []),
    ...albums.peek().map((album) => ({
      label: album.name, hint: count(album.count), run: () => void tell(tellAlbum(album.id, 'add', chosen), ({ changed }) => (
        changed ? `Added ${plural(changed, 'photo')} to “${album.name}”.` : `They are in “${album.name}” already.`)),
    })),
  ], { label: 'Add to an album' });
}

/** @param {PhotoView} view @param {() => unknown} refresh */
async function takeOut(view, refresh) {
  const [id] = albumsOf(new URLSearchParams(view.key)), album = albums.peek().find((one) => String(one.id) === id);
  if (!album) return;
  const done = await tell(tellAlbum(album.id, 'remove', chosenPhotos(view)), ({ changed }) => `Took ${plural(changed, 'photo')} out of “${album.name}”.`);
  if (done?.changed) refresh();
}

/** @param {URLSearchParams} query */
const albumsOf = (query) => query.getAll('album').flatMap((text) => text.split(',')).filter(Boolean);

registerSelectionVerb({ name: 'album', label: 'Album', title: 'Add to an album', icon: 'images', order: 30, menu: true, run: openAdd });
registerSelectionVerb({
  name: 'album-out', label: 'Take out', title: 'Take out of this album; the photos stay in the library', icon: 'x', order: 31,
  shown: (view) => albumsOf(new URLSearchParams(view.key)).length === 1, run: (view, _anchor, refresh) => void takeOut(view, refresh),
});
