/** Naming a person, and making two people one: with six faces of each, so that one sees what one does. */
import { html, nothing } from 'lit-html';
import { plural } from 'pa/core/format.js';
import { ApiError, getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { icon } from 'pa/ui/icons.js';
import { openDialog } from 'pa/ui/dialog.js';
import { showToast } from 'pa/ui/toast.js';
import { undo } from 'pa/ui/undo.js';
import { change } from './api.js';
import { askName } from './name-dialog.js';

/** @typedef {import('./api.js').Person} Person */
/** @typedef {import('./api.js').Face} Face */
/** @typedef {{face_ids: number[], faces: Face[], rest: Face[]}} Apart of a person's faces those that look like somebody else */

const NO_NAME = 'no name';

/** Ask for a person's name and give it; a name that somebody has leads to merging. @param {Person} person @returns {Promise<Person | null>} who it is now */
export async function namePerson(person) {
  const name = await askName({
    title: person.name ? 'Rename' : 'Who is this?', picture: person.face_thumb_url, name: person.name,
    others: person.name ? [{ label: 'Take the name away', value: { is: NO_NAME } }] : [],
  });
  if (name === undefined) return null;
  return setName(person, typeof name === 'string' ? name : '');
}

/** @param {Person} person @param {string} name "" takes it away @returns {Promise<Person | null>} */
async function setName(person, name) {
  try {
    const done = await postJson(`/api/people/${person.id}/label`, { name });
    const said = name ? `Named ${plural(person.face_count, 'face')} “${name}”.` : 'The name is taken away.';
    showToast(said, done.action_id === null ? {} : { kind: 'done', action: { label: 'Undo', run: undo } });
    return done.person ?? null;
  } catch (error) {
    const other = error instanceof ApiError && error.status === 409 ? Number(error.details.person_id) : 0;
    if (other) return mergePeople(person, other);
    showToast(sentenceOf(error), { kind: 'error' });
    return null;
  }
}

/** Ask for whom a person is the same as, then merge. @param {Person} person */
export async function mergeWithSomebody(person) {
  const name = await askName({ title: `Who is ${person.name ? `“${person.name}”` : 'this person'} too?`, picture: person.face_thumb_url, hint: 'Type the name of the other person and press Enter.', save: 'Next' });
  if (typeof name !== 'string') return null;
  try {
    const { names } = await getJson(`/api/people/names?${new URLSearchParams({ q: name, limit: '50' })}`);
    const other = names.find((/** @type {{name: string}} */ one) => one.name.toLowerCase() === name.toLowerCase());
    if (other && other.id !== person.id) return await mergePeople(person, other.id);
    showToast(other ? 'That is the same person already.' : `Nobody is named “${name}”.`, { kind: 'error' });
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
  return null;
}

/** Show six faces of each of two people, and make them one when that is wanted. @param {Person} source @param {number} targetId */
async function mergePeople(source, targetId) {
  try {
    const [one, other] = await Promise.all([getJson(`/api/people/${source.id}`), getJson(`/api/people/${targetId}`)]);
    const merge = await openDialog({
      title: other.name ? `Merge with “${other.name}”?` : 'Merge these two people?', size: 'medium',
      body: html`<div class="merge-sides">${mergeSide(one)}${mergeSide(other)}</div>
        <p class="muted">They become one person with ${plural(one.face_count + other.face_count, 'face')}. You can undo it.</p>`,
      actions: [{ label: 'Cancel', value: false }, { label: 'Merge', value: true, kind: 'primary' }],
    });
    if (!merge) return null;
    const done = await change('people/merge', { source_person_id: source.id, target_person_id: targetId }, other.name ? `Merged into “${other.name}”.` : 'Merged.');
    return done?.person ?? null;
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
    return null;
  }
}

/** @param {Person & {faces: Face[]}} person */
function mergeSide(person) {
  return html`<section class="merge-side" data-person-id=${person.id}><h3 class="break">${person.label}</h3><p class="muted">${plural(person.photo_count, 'photo')}</p>${sixFaces(person.faces)}</section>`;
}

/** @param {Face[]} faces */
function sixFaces(faces) {
  return html`<div class="merge-faces">${faces.map((face) => html`<img src=${face.thumb_url} alt="" data-face-id=${face.id}>`)}${faces.length ? nothing : icon('users')}</div>`;
}

/** Ask who some faces of a person are, and split them off. @param {Person} person @param {number[]} faces @param {string | null | undefined} picture @returns {Promise<boolean>} whether they went */
export async function splitOff(person, faces, picture) {
  const answer = await askName({
    title: faces.length === 1 ? 'Who is this face?' : `Who are these ${faces.length} faces?`, picture, hint: 'Type a name and press Enter, or leave them without a name.',
    others: [{ label: 'Without a name', value: { unnamed: true } }],
  });
  if (answer === undefined) return false;
  const name = typeof answer === 'string' ? answer : '', moved = plural(faces.length, 'face');
  const done = name && faces.length === person.face_count ? await change('people/faces/assign', { face_ids: faces, name }, `Moved ${moved} to “${name}”.`)
    : await change(`people/${person.id}/split`, { face_ids: faces, name }, ({ person: other }) => (name ? `Moved ${moved} to “${other?.name ?? name}”.` : `Split off ${moved} without a name.`));
  return done !== null;
}

/** Two people who may have been taken for one: show both, and split them or let them be one for good. @param {Person & {apart: Apart | null}} person @returns {Promise<boolean>} whether anything changed */
export async function parted(person) {
  const { apart } = person;
  if (!apart) return false;
  const theirs = apart.face_ids.length, rest = person.face_count - theirs;
  const answer = await openDialog({
    title: 'Are these two people?', size: 'medium',
    body: html`<div class="merge-sides">
        <section class="merge-side"><h3 class="break">${person.label}</h3><p class="muted">${plural(rest, 'face')}</p>${sixFaces(apart.rest)}</section>
        <section class="merge-side"><h3>Somebody else?</h3><p class="muted">${plural(theirs, 'face')}</p>${sixFaces(apart.faces)}</section></div>
      <p class="muted">You can undo either answer.</p>`,
    actions: [{ label: 'Cancel', value: '' }, { label: 'One person', value: 'one' }, { label: `Split off ${plural(theirs, 'face')}…`, value: 'two', kind: 'primary' }],
  });
  if (answer === 'one') return await change(`people/${person.id}/confirm`, { except: [] }, `All faces are ${person.name ? `“${person.name}”` : 'one person'}.`) !== null;
  return answer === 'two' && splitOff(person, apart.face_ids, apart.faces[0]?.thumb_url);
}
