/** What stands in or over the grid when there is more to say than photos: empty, offline, failed, new photos. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, listOf, plural } from 'pa/core/format.js';
import { onServer } from 'pa/core/events.js';
import { getJson } from 'pa/core/http.js';
import { effect, signal } from 'pa/core/signals.js';
import { chipLabel, chipsOf, viewKey, withValues, withoutFilters } from 'pa/grid/query.js';
import { icon } from 'pa/ui/icons.js';
import { progressBar } from 'pa/ui/progress.js';

/** @typedef {import('./state.js').LibraryState} LibraryState */
/** @typedef {{id: number, display_name: string, path: string, state: string, online: boolean}} Source */
/** @typedef {{filter: string, label?: string, count: number}} Suggestion */

/** The far end of the slider over the photos. */
const LOOSEST = -3;

export class PaLibraryNotice extends PaElement {
  /** @type {LibraryState} */
  state = /** @type {any} */ (null);
  /** null until known. @type {import('pa/core/signals.js').Signal<Source[] | null>} */
  #sources = signal(null);
  #work = signal(/** @type {{jobs?: {name: string, state: string, done: number, failed: number, total: number}[]}} */ ({}));
  #scanning = signal(false);
  /** @type {import('pa/core/signals.js').Signal<Suggestion[]>} */
  #suggestions = signal([]);
  #closedBanner = signal('');

  connected() {
    void this.#readSources();
    this.whenGone(onServer('sources', () => void this.#readSources()));
    this.whenGone(onServer('work', (work) => { this.#work.value = work; }));
    this.whenGone(onServer('scan', (scan) => { this.#scanning.value = Boolean(scan.scanning); }));
    this.whenGone(effect(() => {
      const view = this.state.view.value, params = this.state.params.value;
      this.#suggestions.value = [];
      if (view?.feed.count === 0 && chipsOf(params).length) void this.#readSuggestions(viewKey(params));
    }));
  }

  template() {
    const view = this.state.view.value, failure = this.state.failure.value;
    if (failure) return this.#failed(failure);
    if (view?.feed.count === 0) return this.#empty();
    return html`${this.#offline()}${this.#pill()}`;
  }

  /** @param {string} failure */
  #failed(failure) {
    return html`<div class="library-empty" role="alert">${icon('triangle-alert')}<p class="library-empty-title">${failure}</p>
      <p>Your photos and everything you did are safe.</p>
      <div class="library-empty-actions"><button type="button" class="btn btn-primary" @click=${() => void this.state.refresh()}>Try again</button>
      <button type="button" class="btn" @click=${() => this.state.apply(withoutFilters(this.state.params.value))}>Show all photos</button></div></div>`;
  }

  #empty() {
    const params = this.state.params.value, chips = chipsOf(params), sources = this.#sources.value;
    if (chips.length) return this.#noResult(params);
    if (sources === null) return nothing;
    if (sources.length === 0) {
      return html`<div class="library-empty">${icon('images')}<p class="library-empty-title">Your photos will be here</p>
        <p>Originals are never changed, moved or deleted.</p>
        <a class="btn btn-primary btn-large" href="/catalog">${icon('folder-plus')}Add a folder of photos</a></div>`;
    }
    const shown = sources.filter(({ state }) => state !== 'removed');
    if (shown.length === 0) return this.#hidden(sources);
    const job = this.#work.value.jobs?.find(({ name }) => name === 'metadata') ?? null;
    const busy = this.#scanning.value || (job && job.done + job.failed < job.total);
    return html`<div class="library-empty">${icon(busy ? 'hourglass' : 'folder-search')}
      <p class="library-empty-title">${busy ? 'Reading your photos' : 'No photos in your folders yet'}</p>
      ${busy ? html`<div class="library-empty-progress">${progressBar({ label: 'Reading', fraction: job?.total ? job.done / job.total : null, colour: '--work-scan' })}</div>
        <p>The first ones appear in a moment. You can go on with something else.</p>` : html`<p>${listOf(shown.map(({ display_name: name }) => name))}</p>
        <a class="btn" href="/catalog">Look at the folders</a>`}</div>`;
  }

  /** There are folders, and the user hid them all. @param {Source[]} sources */
  #hidden(sources) {
    return html`<div class="library-empty">${icon('eye-off')}
      <p class="library-empty-title">Your ${sources.length === 1 ? 'folder is' : 'folders are'} hidden</p>
      <p>Everything about the photos is kept. Restore ${listOf(sources.map(({ display_name: name }) => name))} to see them again.</p>
      <a class="btn btn-primary" href="/catalog">Go to the folders</a></div>`;
  }

  /** @param {URLSearchParams} params */
  #noResult(params) {
    const words = params.get('q'), suggestions = this.#suggestions.value;
    if (words && chipsOf(params).length === 1) return this.#notFound(params, words);
    return html`<div class="library-empty">${icon('search')}<p class="library-empty-title">No photo fits all of these filters</p>
      ${suggestions.length ? html`<p>Take one away:</p><div class="library-empty-actions">${suggestions.slice(0, 4).map((one) => html`
        <button type="button" class="btn" @click=${() => this.state.apply(withValues(params, one.filter, []))}>
          Without ${nameOf(params, one)} <span class="muted">${plural(one.count, 'photo')}</span></button>`)}</div>` : nothing}
      <div class="library-empty-actions"><button type="button" class="btn btn-primary" @click=${() => this.state.apply(withoutFilters(params))}>Clear all filters</button></div></div>`;
  }

  /** Nothing but words was asked for. @param {URLSearchParams} params @param {string} words */
  #notFound(params, words) {
    return html`<div class="library-empty">${icon('search')}<p class="library-empty-title">No photo found for “${words}”</p>
      <p>Looked for by meaning, and in file and folder names, titles, captions, keywords, cameras and lenses.</p>
      <div class="library-empty-actions">${Number(params.get('strictness')) > LOOSEST ? html`<button type="button" class="btn btn-primary" @click=${() => this.state.apply(withValues(params, 'strictness', [String(LOOSEST)]))}>Search more loosely</button>` : nothing}
        <button type="button" class="btn" @click=${() => this.state.apply(withoutFilters(params))}>Show all photos</button></div></div>`;
  }

  #offline() {
    const away = (this.#sources.value ?? []).filter(({ state, online }) => state === 'offline' || online === false);
    const key = away.map(({ id }) => id).join();
    if (!away.length || this.#closedBanner.value === key) return nothing;
    const names = listOf(away.map(({ display_name: name }) => name));
    return html`<div class="library-banner" role="status">${icon('unplug')}
      <span>${away.length === 1 ? `The drive ${names} isn’t` : `The drives ${names} aren’t`} connected. Previews still work. Connect ${away.length === 1 ? 'it' : 'them'} to open originals.</span>
      <button type="button" class="btn-icon" aria-label="Close this message" @click=${() => { this.#closedBanner.value = key; }}>${icon('x')}</button></div>`;
  }

  #pill() {
    const arrived = this.state.arrived.value;
    if (!arrived) return nothing;
    return html`<button type="button" class="library-pill" @click=${() => void this.state.refresh()}>${icon('arrow-up')}
      <span>${count(arrived)} new ${arrived === 1 ? 'photo' : 'photos'} – show</span></button>`;
  }

  async #readSources() {
    try {
      this.#sources.value = (await getJson('/api/catalog')).sources;
    } catch {
      // The Work bar says when the server cannot be reached.
    }
  }

  /** @param {string} key */
  async #readSuggestions(key) {
    try {
      const { suggestions } = await getJson(`/api/facets/empty?${key}`);
      if (viewKey(this.state.params.peek()) === key) this.#suggestions.value = suggestions.filter((/** @type {Suggestion} */ one) => one.count > 0);
    } catch {
      // Without suggestions there is still “Clear all filters”.
    }
  }
}

/** @param {URLSearchParams} params @param {Suggestion} suggestion */
function nameOf(params, { filter }) {
  return listOf(chipsOf(params).filter(({ name }) => name === filter).map(({ name, value }) => chipLabel(name, value)));
}

define('pa-library-notice', PaLibraryNotice);
