/** The places of a view as a list, by country: for screen readers, for browsers that cannot draw maps, for a quick look. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { getJson, isAbort, sentenceOf } from 'pa/core/http.js';
import { effect, signal, untracked } from 'pa/core/signals.js';
import { viewKey, withValues } from 'pa/grid/query.js';
import { icon } from 'pa/ui/icons.js';
import { emptyFrame } from 'pa/ui/picture.js';

/** @typedef {import('./state.js').MapState} MapState */
/** @typedef {{value: string, label: string, country: string, region: string, count: number, image_id: number, thumb_url: string}} Place */
/** @typedef {{places: Place[], located: number, nameless: number, waiting: number, total: number}} PlaceList */

export class PaPlaceList extends PaElement {
  /** @type {MapState} */
  state = /** @type {any} */ (null);
  /** Why there is a list instead of a map; "" when the user asked for it. */
  reason = signal('');
  /** @type {import('pa/core/signals.js').Signal<PlaceList | null>} */
  #list = signal(null);
  #failure = signal('');
  /** @type {AbortController | null} */
  #asking = null;

  connected() {
    this.whenGone(() => this.#asking?.abort());
    this.whenGone(effect(() => {
      const wanted = this.state.mode.value === 'list' && this.state.points.value !== null, key = viewKey(this.state.params.value);
      if (wanted) untracked(() => void this.#ask(key));
    }));
  }

  template() {
    const { state } = this, list = this.#list.value, failure = this.#failure.value;
    this.hidden = state.mode.value !== 'list';
    if (this.hidden) return nothing;
    if (failure) return html`<p role="alert">${failure}</p>`;
    if (!list) return nothing;
    const countries = byCountry(list.places);
    return html`${this.reason.value ? html`<p class="place-note" role="status">${icon('info')}${this.reason.value}</p>` : nothing}
      ${list.waiting ? html`<p class="place-note">${plural(list.waiting, 'photo')} still ${list.waiting === 1 ? 'gets its' : 'get their'} place name.</p>` : nothing}
      ${countries.map(([country, places]) => this.#country(country, places))}
      ${list.nameless ? html`<p class="place-note">${plural(list.nameless, 'photo')} far from any named place, at sea for example.</p>` : nothing}
      ${list.located ? nothing : html`<p class="place-note">None of these photos has a location.</p>`}`;
  }

  /** @param {string} country @param {Place[]} places */
  #country(country, places) {
    const total = photosOf(places);
    return html`<section class="place-country"><h2>${country} <span class="muted">${plural(total, 'photo')}</span></h2>
      <ul class="place-rows" role="list">${places.map((place) => html`<li><a class="place-row" href=${`/library?${viewKey(withValues(this.state.params.value, 'place', [place.value]))}`}>
        ${place.thumb_url ? html`<img src=${place.thumb_url} alt="" loading="lazy" decoding="async" @error=${emptyFrame}>` : html`<span class="place-blind" title="The photos there cannot be read">${icon('file-warning')}</span>`}<span class="place-name">${place.label}${place.region && place.region !== place.label ? html`<span class="muted">${place.region}</span>` : nothing}</span>
        <span class="place-count">${count(place.count)}</span></a></li>`)}</ul></section>`;
  }

  /** @param {string} key */
  async #ask(key) {
    this.#asking?.abort();
    const asking = this.#asking = new AbortController();
    try {
      const list = await getJson(`/api/places${key ? `?${key}` : ''}`, { signal: asking.signal });
      this.#list.value = list;
      this.#failure.value = '';
    } catch (error) {
      if (!isAbort(error)) this.#failure.value = sentenceOf(error);
    }
  }
}

/** @param {Place[]} places @returns {[string, Place[]][]} the country with most photos first */
function byCountry(places) {
  /** @type {Map<string, Place[]>} */
  const countries = new Map();
  for (const place of places) countries.set(place.country, [...countries.get(place.country) ?? [], place]);
  return [...countries].sort(([, a], [, b]) => photosOf(b) - photosOf(a));
}

/** @param {Place[]} places */
function photosOf(places) {
  return places.reduce((sum, place) => sum + place.count, 0);
}

define('pa-place-list', PaPlaceList);
