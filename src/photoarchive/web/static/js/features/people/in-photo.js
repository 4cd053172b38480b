/** People in a photo: chips in its details, boxes over it in the loupe, a box drawn by hand, and their keys. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { registerKeys, withKey } from 'pa/core/keys.js';
import { route } from 'pa/core/router.js';
import { signal } from 'pa/core/signals.js';
import { pen, placed } from 'pa/grid/box-pen.js';
import { cards } from 'pa/grid/cards.js';
import { registerInfoSection } from 'pa/grid/info-sections.js';
import { registerStageLayer } from 'pa/grid/stage-layers.js';
import { icon } from 'pa/ui/icons.js';
import { styles } from 'pa/ui/styles.js';
import { addFace, faceMenu, nameFace } from './face-verbs.js';
import './filter.js';
import { boxesShown, follow, photoFaces, pointedAt } from './photo-faces.js';

/** @typedef {import('./api.js').Face} Face */

/** The pen is ours. */
const FACE = 'face';
/** A box that ends below this has its name inside: there is no room under it. */
const LOW = 0.95;

class PaPhotoPeople extends PaElement {
  #photo = signal(0);

  /** @param {number} id */
  set photo(id) {
    this.#photo.value = id;
  }

  template() {
    const id = this.#photo.value, host = this.closest('[data-host]');
    // The Library keeps its details while the loupe is open: only the page in front says which photo it is.
    if (host instanceof HTMLElement && host.dataset.host === route.value.page) follow(id);
    if (photoFaces.value.id !== id) return nothing;
    const { faces, scanned, failure } = photoFaces.value, shown = faces.filter((face) => !face.ignored), ignored = faces.length - shown.length;
    const inLoupe = this.closest('#loupe') !== null, hasPicture = !cards.get(id)?.unreadable;
    if (!faces.length && !inLoupe) return nothing;
    return html`<section class="info-section photo-people"><h3>People</h3>
      ${shown.length ? html`<ul class="people-chips" role="list">${shown.map((face) => html`<li>${chipOf(face)}</li>`)}</ul>`
        : html`<p class="muted">${failure || (scanned ? 'No faces found.' : hasPicture ? 'Not looked at yet.' : 'No picture to look for faces in.')}</p>`}
      ${inLoupe && hasPicture ? html`<div class="people-tools">
        <button type="button" class="btn btn-small" data-verb="boxes" aria-pressed=${String(boxesShown.value)} title=${withKey('Show boxes around faces', 'b')} ?disabled=${!faces.length} @click=${toggleBoxes}>${icon('users')}Boxes</button>
        <button type="button" class="btn btn-small" data-verb="draw" aria-pressed=${String(isDrawing())} title=${withKey('Draw a box around a face', 'a')} @click=${toggleDrawing}>${icon('square-dashed-mouse-pointer')}${isDrawing() ? 'Draw on the photo' : 'Add a face'}</button></div>
        ${ignored && boxesShown.value ? html`<p class="muted">${ignored === 1 ? 'One face is' : `${ignored} faces are`} ignored.</p>` : nothing}` : nothing}</section>`;
  }
}

/** @param {Face} face */
function chipOf(face) {
  const point = () => { pointedAt.value = face.id; }, leave = () => { pointedAt.value = 0; };
  return html`<span class="chip people-chip" data-face-id=${face.id} @pointerenter=${point} @pointerleave=${leave} @focusin=${point} @focusout=${leave}>
    ${face.person_name ? html`<a class="people-chip-name" href=${`/people/${face.person_id}`}>${face.person_name}</a>
      <button type="button" class="chip-remove" aria-haspopup="menu" aria-label=${`More about ${face.person_name}`} @click=${openFace(face)}>${icon('ellipsis')}</button>`
      : html`<button type="button" class="people-chip-name" aria-label="Name this face" @click=${() => void nameFace(face)}>${icon('plus')}name</button>
      <button type="button" class="chip-remove" aria-haspopup="menu" aria-label="More about this face" @click=${openFace(face)}>${icon('ellipsis')}</button>`}</span>`;
}

/** @param {Face} face */
const openFace = (face) => (/** @type {Event} */ event) => faceMenu(face, /** @type {HTMLElement} */ (event.currentTarget));

/** @param {number} id the photo on the stage */
function boxesTemplate(id) {
  const known = photoFaces.value, all = boxesShown.value, point = pointedAt.value;
  if (known.id !== id) return nothing;
  const shown = known.faces.filter((face) => all || face.id === point);
  return html`${shown.map((face) => box(face, face.id === point))}${isDrawing() ? html`<pa-box-pen .owner=${FACE} .photo=${id} @boxdrawn=${drawn}></pa-box-pen>` : nothing}`;
}

/** @param {Face} face @param {boolean} pointed */
function box(face, pointed) {
  const name = face.ignored ? 'Ignored' : face.person_name || 'Unnamed', place = placed(face.bbox);
  return html`<button type="button" class="face-box" data-face-id=${face.id} ?data-pointed=${pointed} ?data-ignored=${face.ignored} ?data-unnamed=${!face.person_name} ?data-low=${face.bbox[1] + face.bbox[3] > LOW} aria-haspopup="menu" aria-label=${`Face: ${name}`}
    ${styles(place)} @click=${openFace(face)} @pointerenter=${() => { if (boxesShown.peek()) pointedAt.value = face.id; }} @pointerleave=${() => { if (boxesShown.peek()) pointedAt.value = 0; }}><span class="face-box-name">${name}</span></button>`;
}

function toggleBoxes() {
  boxesShown.value = !boxesShown.peek();
}

function isDrawing() {
  return pen.value === FACE;
}

function toggleDrawing() {
  pen.value = pen.peek() !== FACE && photoFaces.peek().id !== 0 ? FACE : '';
}

/** @param {CustomEvent<import('pa/grid/box-pen.js').Box>} event */
function drawn({ detail }) {
  boxesShown.value = true;
  void addFace(detail);
}

define('pa-photo-people', PaPhotoPeople);

registerInfoSection({ name: 'people', order: 10, template: (id) => (id ? html`<pa-photo-people .photo=${id}></pa-photo-people>` : nothing) });
registerStageLayer({ name: 'faces', template: boxesTemplate });
registerKeys('loupe', [
  { keys: ['b'], label: 'Boxes around faces', group: 'People', run: toggleBoxes },
  { keys: ['a'], label: 'Add a face: draw a box around it', group: 'People', run: toggleDrawing },
]);
