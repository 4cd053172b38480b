/** What people write on one photo, to be read and changed: title and caption; keywords, and the albums it is in. */
import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { PaElement, define } from 'pa/core/element.js';
import { count } from 'pa/core/format.js';
import { signal } from 'pa/core/signals.js';
import { chip } from 'pa/ui/chips.js';
import 'pa/ui/suggest_field.js';
import { MAX_CAPTION, MAX_TITLE, changeKeywords, changeTexts, completeKeywords, keywordLabel, keywordOf } from './words.js';

/** @typedef {import('./photo-details.js').Details} Details */
/** @typedef {'title' | 'caption'} Field */

class PaOfPhoto extends PaElement {
  shown = signal(/** @type {Details} */ ({ id: 0 }));
  /** Called when the server has taken a change. @type {() => void} */
  changed = () => {};

  /** @param {Details} details */
  set details(details) {
    this.shown.value = details;
  }
}

export class PaInfoTexts extends PaOfPhoto {
  /** What is typed and not saved yet. @type {{id: number, field: Field, text: string} | null} */
  #draft = null;

  template() {
    const details = this.shown.value;
    return html`
      <input class="info-edit info-edit-title" type="text" aria-label="Title" placeholder="Add a title" maxlength=${MAX_TITLE} spellcheck="true"
        .value=${live(this.#text(details, 'title'))} @input=${this.#typing('title')} @change=${() => this.#save()} @keydown=${this.#pressed}>
      <textarea class="info-edit" aria-label="Caption" placeholder="Add a caption" rows="1" maxlength=${MAX_CAPTION} spellcheck="true"
        .value=${live(this.#text(details, 'caption'))} @input=${this.#typing('caption')} @change=${() => this.#save()} @keydown=${this.#pressed}></textarea>
`;
  }

  /** @param {Details} details @param {Field} field */
  #text(details, field) {
    const draft = this.#draft;
    return draft && draft.id === details.id && draft.field === field ? draft.text : details[field] ?? '';
  }

  /** @param {Field} field */
  #typing = (field) => (/** @type {Event} */ event) => {
    this.#draft = { id: this.shown.peek().id, field, text: /** @type {HTMLInputElement} */ (event.target).value };
  };

  async #save() {
    const draft = this.#draft;
    if (!draft) return;
    this.#draft = null;
    const details = this.shown.peek(), text = draft.field === 'title' ? draft.text.trim() : draft.text;
    if (details.id === draft.id && (details[draft.field] ?? '') === text) return;
    if (details.id === draft.id) this.shown.value = { ...details, [draft.field]: text };
    if (!await changeTexts({ image_ids: [draft.id] }, { [draft.field]: text }) && this.shown.peek().id === draft.id) this.shown.value = details;
    this.changed();
  }

  /** Enter saves, Escape takes back what was typed. @param {KeyboardEvent} event */
  #pressed = (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (event.key === 'Escape') {
      this.#draft = null;
      this.redraw();
    } else if (event.key !== 'Enter' || event.shiftKey) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    field.blur();
  };
}

export class PaInfoLabels extends PaOfPhoto {
  template() {
    const { id, keywords = [], albums = [] } = this.shown.value;
    return html`<section class="info-section"><h3>Keywords</h3>
      ${keywords.length ? html`<div class="info-chips">${keywords.map((/** @type {string} */ name) => chip({
        label: keywordLabel(name), title: keywordLabel(name), remove: () => void this.#change(id, { remove: [name] }),
      }))}</div>` : nothing}
      <pa-suggest-field .label=${'Add a keyword'} .placeholder=${'Add a keyword'} .ask=${suggest}
        @suggest-pick=${(/** @type {CustomEvent} */ event) => void this.#change(id, { add: [keywordOf(event.detail)] })}></pa-suggest-field></section>
      ${albums.length ? html`<section class="info-section"><h3>Albums</h3><div class="info-chips">${albums.map((/** @type {{id: number, name: string}} */ album) => html`
        <a class="chip chip-press" href=${`/library?album=${album.id}&sort=album_asc`}><span>${album.name}</span></a>`)}</div></section>` : nothing}`;
  }

  /** @param {number} id @param {{add: string[]} | {remove: string[]}} change */
  async #change(id, change) {
    if (await changeKeywords({ image_ids: [id] }, change)) this.changed();
  }
}

/** @param {string} text @param {AbortSignal} signal */
export async function suggest(text, signal) {
  return (await completeKeywords(text, signal)).map((one) => ({ value: one.name, label: keywordLabel(one.name), hint: count(one.count) }));
}

define('pa-info-texts', PaInfoTexts);
define('pa-info-labels', PaInfoLabels);
