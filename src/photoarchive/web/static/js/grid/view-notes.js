/**
 * What is said of a view over its photos (how a search found them), and of one photo in its details. Other parts
 * register what they have to say; the pages that show a view, and the info panel, show it.
 */
import { define, PaElement } from 'pa/core/element.js';
import { signal } from 'pa/core/signals.js';

/** @typedef {{params: URLSearchParams, count: number, token: string, apply: (params: URLSearchParams) => void, refresh: () => void}} NoteContext count: photos of the view, −1 while it is fetched; token: of the view as it was fetched; refresh: fetches it again and keeps the place */
/** template gives nothing where there is nothing to say. @typedef {{name: string, template: (context: NoteContext) => unknown}} ViewNote */
/** @typedef {{name: string, template: (photo: number) => unknown}} PhotoNote */

/** @type {import('pa/core/signals.js').Signal<ViewNote[]>} */
const viewNotes = signal([]);
/** @type {import('pa/core/signals.js').Signal<PhotoNote[]>} */
const photoNotes = signal([]);

/** @param {ViewNote} note */
export function registerViewNote(note) {
  viewNotes.value = [...viewNotes.peek().filter(({ name }) => name !== note.name), note];
}

/** @param {PhotoNote} note */
export function registerPhotoNote(note) {
  photoNotes.value = [...photoNotes.peek().filter(({ name }) => name !== note.name), note];
}

/** What parts have to say of a photo. @param {number} photo */
export const notesOfPhoto = (photo) => photoNotes.value.map(({ template }) => template(photo));

export class PaViewNotes extends PaElement {
  context = signal(/** @type {NoteContext} */ ({ params: new URLSearchParams(), count: -1, token: '', apply: () => {}, refresh: () => {} }));

  template() {
    const context = this.context.value;
    return viewNotes.value.map(({ template }) => template(context));
  }
}

define('pa-view-notes', PaViewNotes);
