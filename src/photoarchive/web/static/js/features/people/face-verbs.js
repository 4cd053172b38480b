/** What can be done with a face of a photo: say who it is or is not, ignore it, take a drawn box away, draw one. */
import { navigate } from 'pa/core/router.js';
import { openMenu } from 'pa/ui/menu.js';
import { change } from './api.js';
import { askName } from './name-dialog.js';
import { photoFaces, reread } from './photo-faces.js';

/** @typedef {import('./api.js').Face} Face */

/** @param {Face} face */
export async function nameFace(face) {
  const name = await askName({ title: face.person_name ? `Not “${face.person_name}”: who is it?` : 'Who is this?', picture: face.thumb_url });
  if (typeof name !== 'string') return;
  await change(`people/faces/${face.id}/assign`, { name }, `This face is “${name}”.`);
  await reread();
}

/** Everything a face offers, as a menu at its box or chip. @param {Face} face @param {HTMLElement} anchor */
export function faceMenu(face, anchor) {
  /** @param {string} verb @param {string} said */
  const say = async (verb, said) => {
    await change(`people/faces/${face.id}/${verb}`, {}, said);
    await reread();
  };
  openMenu(anchor, [
    ...(face.person_id ? [{ label: face.person_name ? `Go to ${short(face.person_name)}` : 'Go to this person', icon: 'users', run: () => navigate(`/people/${face.person_id}`) }] : []),
    { label: face.person_name ? 'It is somebody else…' : 'Name…', icon: 'pencil', run: () => nameFace(face) },
    ...(face.person_name ? [{ label: `It is not ${short(face.person_name)}`, icon: 'x', run: () => say('reject', `This face is not “${face.person_name}”.`) }] : []),
    face.ignored ? { label: 'Stop ignoring this face', icon: 'eye', run: () => say('unignore', 'The face is no longer ignored.') }
      : { label: 'Ignore this face', icon: 'eye-off', run: () => say('ignore', 'The face is ignored.') },
    ...(face.origin === 'drawn' ? [{ label: 'Remove the box', icon: 'trash-2', run: () => say('delete', 'The box is removed.') }] : []),
  ], { label: face.person_name || 'Face without a name' });
}

/** @param {string} name */
const short = (name) => (name.length > 28 ? `${name.slice(0, 27)}…` : name);

/** A box was drawn: ask whose face it is, and keep it. @param {[number, number, number, number]} bbox fractions */
export async function addFace(bbox) {
  const { id } = photoFaces.peek();
  const name = await askName({
    title: 'Whose face is this?', hint: 'Type a name and press Enter, or keep the box without a name.',
    others: [{ label: 'Without a name', value: { unnamed: true } }],
  });
  if (name === undefined) return;
  await change(`image/${id}/faces`, typeof name === 'string' ? { bbox, name } : { bbox }, typeof name === 'string' ? `Added a face: “${name}”.` : 'Added a face.');
  await reread();
}
