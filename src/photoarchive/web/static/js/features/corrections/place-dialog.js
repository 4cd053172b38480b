/** The dialog that gives photos a location: from the map, typed, or copied from another photo. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { plural } from 'pa/core/format.js';
import { getJson, isAbort } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { placeText } from 'pa/grid/photo-details.js';
import { refusal } from 'pa/grid/words.js';
import { openDialog } from 'pa/ui/dialog.js';
import { icon } from 'pa/ui/icons.js';
import { emptyFrame } from 'pa/ui/picture.js';
import { openPlacePicker } from 'pa/ui/place-picker.js';
import { correct, previewOf } from './send.js';
import { spotOf } from './shift.js';

/** @typedef {import('./send.js').Change} Change */
/** @typedef {import('pa/grid/verbs.js').Chosen} Chosen */
/** @typedef {{id: number, filename: string, thumb_url: string, date_taken: string | null, latitude: number, longitude: number, place: string | null}} Located */

const NEIGHBOURS = 12, NEAR_DAYS = 2, REST_MS = 250;
const DAY_MS = 86_400_000;

export class PaPlaceChange extends PaElement {
  /** @type {Chosen} */
  chosen = { image_ids: [] };
  /** @type {() => void} */
  changed = () => {};
  #text = signal('');
  #copied = signal(/** @type {Located | null} */ (null));
  #offered = signal(/** @type {Located[] | null} */ (null));
  #located = signal(0);
  #wrong = signal('');
  #nearby = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;
  /** @type {AbortController | null} */
  #asking = null;

  connected() {
    void this.#begin();
  }

  disconnected() {
    clearTimeout(this.#resting);
    this.#asking?.abort();
  }

  /** @returns {Change | null} */
  get change() {
    const spot = spotOf(this.#text.value), copied = this.#copied.value;
    if (copied) return { kind: 'copy', photo_id: copied.id };
    return spot ? { kind: 'at', ...spot } : null;
  }

  /** How many of the first photos have a location now. */
  get located() { return this.#located.value; }

  template() {
    const wrong = this.#wrong.value, offered = this.#offered.value;
    return html`<div class="correction-row">
        <label class="correction-spot">Latitude, longitude
          <input class="field-input" type="text" inputmode="text" autocomplete="off" spellcheck="false" placeholder="67.9325, 13.0895" aria-invalid=${wrong ? 'true' : nothing}
            .value=${this.#text.value} @input=${this.#typed} autofocus></label>
        <button type="button" class="btn" @click=${() => void this.#pick()}>${icon('map-pin')}Choose on the map</button></div>
      ${wrong ? html`<p class="field-error" role="alert">${wrong}</p>` : nothing}
      <fieldset class="correction-copy"><legend>Or the location of another photo</legend>
        <input class="field-input" type="search" aria-label="Find a photo with a location" placeholder="Find by name, place or word" autocomplete="off" @input=${this.#searched}>
        ${offered === null ? nothing : offered.length === 0 ? html`<p class="muted">No photo with a location was found${this.#nearby ? ' from around that time' : ''}.</p>` : html`
          <div class="correction-photos" role="group" aria-label="Photos with a location">${offered.map((photo) => this.#option(photo))}</div>`}</fieldset>
      <p class="muted">Originals are never changed: the location is kept in the catalog, goes along with exports, and can be undone.</p>`;
  }

  /** @param {Located} photo */
  #option(photo) {
    const where = placeText(photo), chosen = this.#copied.value?.id === photo.id;
    return html`<button type="button" class="correction-photo" aria-pressed=${String(chosen)} title=${`${photo.filename} · ${where}`} aria-label=${`${photo.filename}, ${where}`}
      @click=${() => this.#copy(chosen ? null : photo)}><img src=${photo.thumb_url} alt="" @error=${emptyFrame}><span>${where}</span></button>`;
  }

  /** @param {Located | null} photo */
  #copy(photo) {
    this.#copied.value = photo;
    this.#text.value = photo ? `${photo.latitude}, ${photo.longitude}` : '';
    this.#wrong.value = '';
    this.changed();
  }

  #typed = (/** @type {Event} */ event) => {
    this.#copied.value = null;
    this.#text.value = /** @type {HTMLInputElement} */ (event.target).value;
    this.#wrong.value = this.#text.value.trim() && !spotOf(this.#text.value) ? 'Degrees, such as 67.9325, 13.0895. South and west are negative.' : '';
    this.changed();
  };

  async #pick() {
    const spot = spotOf(this.#text.value), found = await openPlacePicker(spot ? { lat: spot.latitude, lng: spot.longitude } : {});
    if (found) this.#copyText(`${found.lat}, ${found.lng}`);
  }

  /** @param {string} text */
  #copyText(text) {
    this.#copied.value = null;
    this.#text.value = text;
    this.#wrong.value = '';
    this.changed();
  }

  #searched = (/** @type {Event} */ event) => {
    const words = /** @type {HTMLInputElement} */ (event.target).value.trim();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => void this.#find(words ? new URLSearchParams({ q: words }) : new URLSearchParams(this.#nearby)), REST_MS);
  };

  /** Where the photos are now, and which others were taken around that time. */
  async #begin() {
    try {
      const { photos } = await previewOf('place', this.chosen, { kind: 'none' }), first = photos[0]?.before;
      this.#located.value = photos.filter(({ before }) => before.latitude !== null).length;
      if (first && first.latitude !== null) this.#text.value = `${first.latitude}, ${first.longitude}`;
      this.#nearby = first?.date_taken ? around(first.date_taken) : '';
      this.changed();
      await this.#find(new URLSearchParams(this.#nearby));
    } catch (error) {
      if (!isAbort(error)) this.#wrong.value = refusal(error);
    }
  }

  /** @param {URLSearchParams} query */
  async #find(query) {
    this.#asking?.abort();
    const asking = this.#asking = new AbortController();
    query.set('has', 'gps');
    query.set('limit', String(NEIGHBOURS + 8));
    if (!query.has('q')) query.set('sort', 'date_taken');
    try {
      const { images } = await getJson(`/api/rankings?${query}`, { signal: asking.signal });
      const own = new Set('image_ids' in this.chosen ? this.chosen.image_ids : []);
      this.#offered.value = images.filter((/** @type {Located} */ { id }) => !own.has(id)).slice(0, NEIGHBOURS);
    } catch (error) {
      if (!isAbort(error)) this.#offered.value = [];
    }
  }
}

define('pa-place-change', PaPlaceChange);

/** A filter of the days around a time. @param {string} taken "2019-07-14 21:04:05" */
function around(taken) {
  const at = Date.parse(`${taken.slice(0, 10)}T00:00:00Z`), day = (/** @type {number} */ by) => new Date(at + by * DAY_MS).toISOString().slice(0, 10);
  return Number.isNaN(at) ? '' : new URLSearchParams({ date_from: day(-NEAR_DAYS), date_to: day(NEAR_DAYS) }).toString();
}

/** @param {Chosen} chosen @param {number} photos @param {() => unknown} changed */
export async function openPlaceDialog(chosen, photos, changed) {
  const element = /** @type {PaPlaceChange} */ (document.createElement('pa-place-change'));
  element.className = 'stack';
  element.chosen = chosen;
  const answer = await openDialog({
    title: `Location of ${plural(photos, 'photo')}`, size: 'wide', body: () => element,
    actions: () => [
      ...(element.located ? [{ label: 'No location', value: /** @type {Change} */ ({ kind: 'none' }) }] : []),
      { label: 'Cancel', value: undefined }, { label: 'Set location', value: element.change, kind: /** @type {const} */ ('primary'), disabled: element.change === null }],
    opened: (control) => { element.changed = () => control.redraw(); },
  });
  return answer ? correct('place', chosen, answer, changed) : false;
}
