/** Keeps the counts of the filter panel true: asks again when the query, the catalog or marks change, never twice at once. */
import { onServer } from 'pa/core/events.js';
import { getJson, isAbort } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { openedFolders } from './folders.js';

/** @typedef {import('./registry.js').FacetValue} FacetValue */
/** @typedef {{path: string, name: string, source_id: number, count: number, depth: number, folders: number}} Folder */
/** total: photos in the library, count: photos of this query, more: values of a facet that are not listed. @typedef {{total: number, count: number, facets: Record<string, FacetValue[]>, more: Record<string, number>}} Facets */

const QUIET_MS = 1500;

export class FacetStore {
  /** @type {import('pa/core/signals.js').Signal<Facets | null>} */
  facets = signal(null);
  /** @type {import('pa/core/signals.js').Signal<Folder[]>} */
  folders = signal([]);
  #key = '';
  /** What is counted is at least as new as this revision of the catalog. */
  #since = Infinity;
  /** @type {AbortController | null} */
  #running = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;
  #stops = [onServer('catalog', () => this.#soon()), onServer('marks', () => this.#soon()), onServer('sources', () => this.#soon()), onServer('people', () => this.#soon()),
    onServer('hello', ({ catalog = 0, marks = 0 }) => this.#greeted(Math.max(catalog, marks)))];

  /** Count for another query. @param {string} key @param {number} [since] the revision at which its photos were read */
  follow(key, since = Infinity) {
    this.#since = since;
    if (key === this.#key && this.facets.peek()) return;
    this.#key = key;
    clearTimeout(this.#later);
    this.#later = undefined;
    void this.#ask();
  }

  /** @param {number} newest revision of what is counted */
  #greeted(newest) {
    if (newest <= this.#since) return;
    this.#since = newest;
    this.#soon();
  }

  /** Count again soon: many changes may come together. */
  #soon() {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      if (!document.hidden) void this.#ask(true);
    }, QUIET_MS);
  }

  /** @param {boolean} [automatic] nobody did anything: background work goes on */
  async #ask(automatic = false) {
    this.#running?.abort();
    const running = this.#running = new AbortController(), { signal: cancel } = running;
    const query = this.#key ? `?${this.#key}` : '';
    try {
      const facets = await getJson(`/api/facets${query}`, { signal: cancel, automatic });
      if (cancel.aborted) return;
      this.facets.value = facets;
      await this.#askFolders(cancel, automatic);
    } catch (error) {
      if (!isAbort(error)) this.#soon(); // the old counts stay until the server answers again
    }
  }

  /** Bring what lies in folders that were opened since. */
  async bringFolders() {
    try {
      await this.#askFolders(this.#running?.signal);
    } catch (error) {
      if (!isAbort(error)) this.#soon();
    }
  }

  /** @param {AbortSignal | undefined} cancel @param {boolean} [automatic] */
  async #askFolders(cancel, automatic) {
    const query = new URLSearchParams(this.#key);
    for (const path of ['', ...openedFolders(query)]) query.append('inside', path);
    const { folders } = await getJson(`/api/folders?${query}`, { signal: cancel, automatic });
    if (!cancel?.aborted) this.folders.value = folders;
  }

  close() {
    clearTimeout(this.#later);
    this.#running?.abort();
    for (const stop of this.#stops) stop();
  }
}
