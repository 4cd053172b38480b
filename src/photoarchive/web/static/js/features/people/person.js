/** The page of one person: cover, name, when and where seen, the verbs, and all faces or photos. */
import { html, nothing } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { count, date, plural } from 'pa/core/format.js';
import { withKey } from 'pa/core/keys.js';
import { icon } from 'pa/ui/icons.js';
import { openMenu } from 'pa/ui/menu.js';
import { segments } from 'pa/ui/segments.js';
import { roundFace } from './sections.js';

/** @typedef {import('./person-state.js').PersonState} PersonState */
/** @typedef {import('./person-state.js').PersonDetails} PersonDetails */
/** @typedef {import('./person-state.js').Tab} Tab */

const SORTS = { odd: 'Odd ones first', quality: 'Best first', newest: 'Newest first' };

/** @param {PersonState} state @param {(tab: Tab, sort: string) => void} go */
export function personTemplate(state, go) {
  const person = state.person.value;
  if (!person) {
    return state.failure.value ? html`<div class="people-empty">${icon('triangle-alert')}<h1>${state.failure.value}</h1><a class="btn" href="/people">All people</a></div>`
      : html`<h1 class="visually-hidden">Person</h1><div class="people-wait" aria-busy="true"></div>`;
  }
  const tab = state.tab.value;
  return html`<div class="person-page" data-person-id=${person.id}>
    <nav aria-label="Back"><a class="btn btn-small" href="/people">${icon('arrow-left')}All people</a></nav>
    <header class="person-head">${roundFace(person, 'is-large')}
      <div class="person-words"><h1 class="break" tabindex="-1">${person.label}</h1>
        <p class="muted">${plural(person.photo_count, 'photo')} · ${plural(person.face_count, 'face')}${person.confirmed_count ? ` · ${count(person.confirmed_count)} confirmed` : ''}${person.status === 'ignored' ? ' · ignored' : ''}</p>
        ${seen(person)}${places(person)}
        ${verbs(state, person)}</div></header>
    ${person.questions ? html`<a class="people-note" href="/people?section=review">${icon('users')}${plural(person.questions, 'question')} to answer about ${person.label}</a>` : nothing}
    ${person.apart ? html`<div class="people-note" data-apart=${person.apart.face_ids.length}>${icon('users')}<span>These may be two people: ${plural(person.apart.face_ids.length, 'face looks', 'faces look')} like somebody else.</span>
      <button type="button" class="btn btn-small" data-verb="apart" title=${withKey('Compare them', 't')} @click=${() => void state.partIfTwo()}>Compare them…</button></div>` : nothing}
    <div class="person-choices">${segments({ name: 'person-tab', label: 'Show', value: tab, options: [{ value: 'faces', label: `Faces ${count(person.face_count)}` }, { value: 'photos', label: `Photos ${count(person.photo_count)}` }], change: (value) => go(/** @type {Tab} */ (value), state.sort.peek()) })}
      ${tab === 'faces' ? html`<button type="button" class="btn" aria-haspopup="menu" aria-label=${`Order: ${orderName(state)}`} @click=${(/** @type {Event} */ event) => openMenu(/** @type {HTMLElement} */ (event.currentTarget), Object.entries(SORTS).map(([value, label]) => ({ label, checked: state.sort.peek() === value, run: () => go('faces', value) })))}>${orderName(state)}${icon('chevron-down')}</button>
        ${person.odd_count && state.sort.value === 'odd' ? html`<span class="muted">${plural(person.odd_count, 'face looks', 'faces look')} unlike the others</span>` : nothing}` : nothing}</div>
    ${tab === 'faces' ? facesTemplate(state) : photosTemplate(state, person)}</div>`;
}

/** @param {PersonState} state */
function orderName(state) {
  return SORTS[/** @type {keyof SORTS} */ (state.sort.value)] ?? SORTS.odd;
}

/** @param {PersonDetails} person */
function seen({ first_seen: first, last_seen: last }) {
  if (!first) return nothing;
  return html`<p>${first === last ? `Seen on ${date(first)}` : `First seen ${date(first)}, last seen ${date(last)}`}</p>`;
}

/** @param {PersonDetails} person */
function places({ places: all }) {
  return all.length ? html`<p class="person-places">${icon('map-pin')}${all.map(({ name, count: photos }, at) => html`${at ? ', ' : ''}${name} <span class="muted">${count(photos)}</span>`)}</p>` : nothing;
}

/** @param {PersonState} state @param {PersonDetails} person */
function verbs(state, person) {
  const ignored = person.status === 'ignored';
  return html`<div class="person-verbs">
    <button type="button" class="btn ${person.name ? '' : 'btn-primary'}" data-verb="rename" title=${withKey(person.name ? 'Rename' : 'Name', 'r')} @click=${() => void state.rename()}>${icon('pencil')}${person.name ? 'Rename' : 'Name'}</button>
    <a class="btn" data-verb="library" href=${`/library?people=${person.id}`}>${icon('images')}Show in Library</a>
    <button type="button" class="btn" data-verb="merge" @click=${() => void state.merge()}>${icon('users')}Merge…</button>
    <button type="button" class="btn" data-verb="ignore" @click=${() => void state.toggleIgnored()}>${icon(ignored ? 'eye' : 'eye-off')}${ignored ? 'Stop ignoring' : 'Ignore'}</button>
    ${person.cover_chosen ? html`<button type="button" class="btn" data-verb="best-cover" @click=${() => void state.bestCover()}>${icon('rotate-ccw')}Cover: the best face</button>` : nothing}</div>`;
}

/** @param {PersonState} state */
function facesTemplate(state) {
  const faces = state.faces.items.value, total = state.faces.total.value, chosen = state.chosen.value;
  if (total === null) return html`<div class="people-wait" aria-busy="true"></div>`;
  return html`${facesBar(state, chosen.size, total)}
    <div class="face-tiles" role="group" aria-label="Faces">${repeat(faces, ({ id }) => id, (face) => html`<button type="button" class="face-tile" data-face-id=${face.id} ?data-odd=${face.odd} aria-pressed=${String(chosen.has(face.id))}
      aria-label=${`${face.odd ? 'Odd face' : 'Face'} in ${face.filename}`} title=${face.date_taken ? `${face.filename} · ${date(face.date_taken)}` : face.filename} @click=${(/** @type {MouseEvent} */ event) => state.choose(face.id, event.shiftKey)}>
      <img src=${face.thumb_url} alt="" loading="lazy" decoding="async">${chosen.has(face.id) ? html`<span class="face-badge is-chosen">${icon('check')}</span>` : nothing}${face.odd ? html`<span class="face-badge is-odd">${icon('triangle-alert')}Odd</span>` : nothing}</button>`)}</div>
    ${faces.length < total ? html`<button type="button" class="btn" @click=${() => void state.faces.more()}>Show more faces (${count(total - faces.length)})</button>` : nothing}`;
}

/** @param {PersonState} state @param {number} chosen @param {number} total */
function facesBar(state, chosen, total) {
  const name = state.person.value?.name;
  return html`<div class="faces-bar" role="group" aria-label="Chosen faces">
    <span role="status">${chosen ? `${count(chosen)} chosen` : html`<span class="muted">Choose faces to split them off, ignore them or make one the cover.</span>`}</span>
    ${chosen ? html`<button type="button" class="btn btn-primary" data-verb="split" title=${withKey('They are somebody else', 't')} @click=${() => void state.split()}>Somebody else…</button>
      <button type="button" class="btn" data-verb="ignore-faces" @click=${() => void state.ignoreFaces()}>${icon('eye-off')}Ignore</button>
      ${chosen === 1 ? html`<button type="button" class="btn" data-verb="cover" @click=${() => void state.cover()}>${icon('star')}Use as cover</button>` : nothing}
      <button type="button" class="btn" data-verb="none" @click=${() => state.chooseNone()}>Choose none</button>` : nothing}
    ${name && (!chosen || chosen < total) ? html`<button type="button" class="btn" data-verb="confirm" @click=${() => void state.confirm()}>${icon('check')}${chosen ? 'All others are right' : 'All are right'}</button>` : nothing}</div>`;
}

/** @param {PersonState} state @param {PersonDetails} person */
function photosTemplate(state, person) {
  const photos = state.photos.items.value, total = state.photos.total.value;
  if (total === null) return html`<div class="people-wait" aria-busy="true"></div>`;
  return html`<ul class="person-photos" role="list" aria-label="Photos">${repeat(photos, ({ id }) => id, (photo) => html`<li>
    <a href=${`/library/photo/${photo.id}?people=${person.id}&sort=date_taken_desc`} data-photo-id=${photo.id} data-focus-key=${`photo-${photo.id}`} aria-label=${`Open ${photo.filename}`} title=${photo.filename}><img src=${photo.thumb_url} alt="" loading="lazy" decoding="async"></a></li>`)}</ul>
    ${photos.length < total ? html`<button type="button" class="btn" @click=${() => void state.photos.more()}>Show more photos (${count(total - photos.length)})</button>` : nothing}`;
}
