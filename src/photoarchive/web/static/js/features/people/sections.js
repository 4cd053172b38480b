/** The sections Named, Unnamed and Ignored: people as circles, and below them the faces of nobody. */
import { html, nothing } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { count, plural } from 'pa/core/format.js';
import { navigate } from 'pa/core/router.js';
import { icon } from 'pa/ui/icons.js';
import { openMenu } from 'pa/ui/menu.js';
import { change } from './api.js';
import { nameFace } from './face-verbs.js';
import { namePerson } from './person-verbs.js';

/** @typedef {import('./state.js').PeopleState} PeopleState */
/** @typedef {import('./api.js').Person} Person */
/** @typedef {import('./api.js').Face} Face */

/** @param {PeopleState} state */
export function sectionTemplate(state) {
  const { people, faces } = state, shown = people.items.value, total = people.total.value, section = state.section.value;
  if (total === null) return people.failure.value ? html`<p class="people-note" role="alert">${icon('triangle-alert')}${people.failure.value}</p>` : html`<div class="people-wait" aria-busy="true"></div>`;
  return html`
    ${shown.length ? html`<ul class="people-circles" role="list" aria-label="People">${repeat(shown, ({ id }) => id, (person) => personCard(person, state))}</ul>` : emptyTemplate(state)}
    ${shown.length < total ? html`<button type="button" class="btn" @click=${() => void people.more()}>Show more people (${count(total - shown.length)})</button>` : nothing}
    ${state.hasFaces && !state.words.value ? looseFaces(state, faces.items.value, faces.total.value ?? 0, section === 'ignored') : nothing}`;
}

/** @param {Person} person @param {PeopleState} state */
function personCard(person, state) {
  const ignored = person.status === 'ignored';
  return html`<li class="person" data-person-id=${person.id}>
    <a class="person-link" href=${`/people/${person.id}`} data-focus-key=${`person-${person.id}`} title=${person.label}>
      ${roundFace(person)}<span class="person-name">${person.label}</span></a>
    <span class="person-count">${plural(person.photo_count, 'photo')}</span>
    ${ignored ? html`<button type="button" class="btn btn-small" @click=${async () => { await change(`people/${person.id}/unignore`, {}, `${person.label} is back among the people.`); await state.reload(); }}>Stop ignoring</button>`
      : person.name ? nothing : html`<button type="button" class="btn btn-small" aria-label=${`Name this person with ${plural(person.photo_count, 'photo')}`} @click=${(/** @type {Event} */ event) => void nameNext(person, state, /** @type {HTMLElement} */ (event.currentTarget))}>${icon('plus')}Name</button>`}</li>`;
}

/** Name a person; the focus goes to whoever comes next in the list, so that one after the other is named by keyboard. @param {Person} person @param {PeopleState} state @param {HTMLElement} pressed */
async function nameNext(person, state, pressed) {
  const list = pressed.closest('.people-circles'), at = state.people.items.peek().findIndex(({ id }) => id === person.id);
  const now = await namePerson(person);
  await state.reload();
  if (!now || !list?.isConnected || (document.activeElement !== document.body && document.activeElement !== pressed)) return;
  const card = list.children[Math.min(at, list.children.length - 1)], next = card?.querySelector('button') ?? card?.querySelector('a');
  if (next instanceof HTMLElement) next.focus();
}

/** @param {Person} person @param {string} [size] */
export function roundFace(person, size = '') {
  return person.face_thumb_url ? html`<img class="face-round ${size}" src=${person.face_thumb_url} alt="" loading="lazy" decoding="async">`
    : html`<span class="face-round face-none ${size}" aria-hidden="true">${person.name ? [...person.name][0] : icon('users')}</span>`;
}

/** @param {PeopleState} state @param {Face[]} faces @param {number} total @param {boolean} ignored */
function looseFaces(state, faces, total, ignored) {
  if (!total) return nothing;
  return html`<section class="loose"><h2>${ignored ? 'Ignored faces' : 'Single faces'} <span class="muted">${count(total)}</span></h2>
    <p class="muted">${ignored ? 'These faces are not shown and not asked about.' : 'Faces that fit nobody found so far, or are too small or blurred to tell. Name those you know.'}</p>
    <ul class="face-tiles" role="list" aria-label=${ignored ? 'Ignored faces' : 'Single faces'}>${repeat(faces, ({ id }) => id, (face) => html`<li>
      <button type="button" class="face-tile" data-face-id=${face.id} aria-haspopup="menu" aria-label=${`Face in ${face.filename}`} title=${face.filename}
        @click=${(/** @type {Event} */ event) => faceMenu(state, face, /** @type {HTMLElement} */ (event.currentTarget))}><img src=${face.thumb_url} alt="" loading="lazy" decoding="async"></button></li>`)}</ul>
    ${faces.length < total ? html`<button type="button" class="btn" @click=${() => void state.faces.more()}>Show more faces (${count(total - faces.length)})</button>` : nothing}</section>`;
}

/** @param {PeopleState} state @param {Face} face @param {HTMLElement} anchor */
function faceMenu(state, face, anchor) {
  openMenu(anchor, [
    { label: 'Name…', icon: 'pencil', run: async () => { await nameFace(face); await state.reload(); } },
    face.ignored ? { label: 'Stop ignoring', icon: 'eye', run: async () => { await change(`people/faces/${face.id}/unignore`, {}, 'The face is no longer ignored.'); await state.reload(); } }
      : { label: 'Ignore', icon: 'eye-off', run: async () => { await change(`people/faces/${face.id}/ignore`, {}, 'The face is ignored.'); await state.reload(); } },
    { label: 'Open the photo', icon: 'image', run: () => navigate(`/library/photo/${face.photo_id}`) },
  ], { label: `Face in ${face.filename}` });
}

/** @param {PeopleState} state */
function emptyTemplate(state) {
  const section = state.section.value, counts = state.status.value?.counts;
  if (state.words.value) return html`<p class="people-empty">No name holds “${state.words.value}”.</p>`;
  if (section === 'ignored') return (counts?.ignored_faces ?? 0) > 0 ? nothing : html`<p class="people-empty">Nobody is ignored. Ignore strangers in the background and they come here.</p>`;
  if (section === 'unnamed') return (counts?.other_faces ?? 0) > 0 ? nothing : html`<p class="people-empty">${counts?.named ? 'Everybody has a name.' : 'No people have been found yet.'}</p>`;
  if (counts?.unknown) return html`<div class="people-empty"><p>Nobody has a name yet. ${plural(counts.unknown, 'person', 'people')} without a name ${counts.unknown === 1 ? 'was' : 'were'} found.</p><a class="btn btn-primary" href="/people?section=unnamed">Name them</a></div>`;
  return html`<p class="people-empty">${counts?.pending_cached_images ? 'No people have been found so far.' : 'No people have been found. Faces are looked for in photos as their previews are made.'}</p>`;
}
