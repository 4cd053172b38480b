/** What the map page shows: the query of the address, its located photos, the window of the map, the year. Owns no DOM. */
import { onServer } from 'pa/core/events.js';
import { ApiError, getBinary, getJson, isAbort, sentenceOf } from 'pa/core/http.js';
import { navigate } from 'pa/core/router.js';
import { batch, signal } from 'pa/core/signals.js';
import { viewKey, withValues } from 'pa/grid/query.js';
import { cluster } from './clusters.js';
import { daysOfYear, decodePoints } from './points.js';

/** @typedef {import('./clusters.js').Window} Window */
/** @typedef {import('./clusters.js').Clustered} Clustered */
/** @typedef {import('./points.js').Points} Points */
/** What the strip shows when it is not the whole window. @typedef {{ids: number[], unreadable: number[], count: number, bounds: [number, number, number, number]}} Chosen */

const MANY = 120; // photos of a spot that the strip shows
const QUIET_MS = 1500;

export class MapState {
  params = signal(new URLSearchParams());
  /** @type {import('pa/core/signals.js').Signal<Points | null>} */
  points = signal(null);
  /** @type {import('pa/core/signals.js').Signal<Clustered | null>} */
  seen = signal(null);
  /** A year of the timeline; null: all. @type {import('pa/core/signals.js').Signal<number | null>} */
  year = signal(null);
  /** @type {import('pa/core/signals.js').Signal<Chosen | null>} */
  chosen = signal(null);
  /** @type {import('pa/core/signals.js').Signal<'map' | 'list'>} */
  mode = signal('map');
  loading = signal(false);
  failure = signal('');
  filtersOpen = signal(innerWidth >= 1200);
  window = /** @type {Window | null} */ (null);
  /** @type {AbortController | null} */
  #asking = null;
  /** @type {AbortController | null} */
  #looking = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;
  /** The catalog's revision when the points were read. */
  #readAt = Infinity;
  #stops = [onServer('catalog', () => this.#soon()), onServer('hello', ({ catalog = 0 }) => { if (catalog > this.#readAt) this.#soon(); })];

  /** The query without what belongs to other pages. */
  get key() {
    return viewKey(this.params.peek());
  }

  /** Show the photos of an address; resolves when they are there, or have failed. @param {URLSearchParams} params @param {{fresh?: boolean}} [options] */
  async show(params, { fresh = false } = {}) {
    const same = viewKey(params) === this.key && this.points.peek() !== null;
    this.params.value = params;
    if (same && !fresh) return;
    this.#asking?.abort();
    const asking = this.#asking = new AbortController(), key = this.key;
    this.loading.value = true;
    try {
      const { data, headers } = await getBinary(`/api/map/points${key ? `?${key}` : ''}`, { signal: asking.signal });
      if (!data) throw new ApiError(0, 'The server sent no places.');
      const points = decodePoints(data);
      this.#readAt = Number(headers.get('X-View-Revision') ?? Infinity);
      batch(() => {
        this.points.value = points;
        if (!fresh) this.chosen.value = null;
        this.failure.value = '';
        this.loading.value = false;
        if (!points.meta.years.some(([year]) => year === this.year.peek())) this.year.value = null;
      });
      await this.look();
    } catch (error) {
      if (isAbort(error) || asking.signal.aborted) return;
      batch(() => {
        this.failure.value = sentenceOf(error);
        this.loading.value = false;
      });
    }
  }

  /** Fetch again, for example after a failure. */
  refresh() {
    return this.show(this.params.peek(), { fresh: true });
  }

  /** Find what a window of the map shows (again the last one). @param {Window | null} [window] */
  async look(window = this.window) {
    const points = this.points.peek();
    this.window = window;
    if (!window || !points) return;
    this.#looking?.abort();
    const looking = this.#looking = new AbortController();
    try {
      const seen = await this.#clustered(points, window, looking.signal);
      if (!looking.signal.aborted) this.seen.value = seen;
    } catch (error) {
      if (!isAbort(error)) this.failure.value = sentenceOf(error);
    }
  }

  /** @param {number | null} year */
  async setYear(year) {
    this.year.value = year;
    this.chosen.value = null;
    await this.look();
  }

  /** List the photos of one cluster in the strip. @param {import('./clusters.js').Cluster} one */
  async choose(one) {
    const points = this.points.peek(), [west, south, east, north] = one.bounds, slack = 1e-6;
    if (!points) return;
    const window = { west: west - slack, south: Math.max(-90, south - slack), east: east + slack, north: Math.min(90, north + slack), zoom: this.window?.zoom ?? 0 };
    const inside = await this.#clustered(points, window);
    this.chosen.value = { ids: inside.image_ids.slice(0, MANY), unreadable: inside.unreadable, count: inside.shown, bounds: [window.west, window.south, window.east, window.north] };
  }

  /** Go to another query: a step that Back undoes. @param {URLSearchParams} params */
  apply = (params) => {
    const query = params.toString();
    navigate(query ? `/map?${query}` : '/map');
  };

  /** The query of these photos in the Library: in a box, of the chosen year. @param {[number, number, number, number]} box west, south, east, north */
  paramsWithin(box) {
    const params = withValues(new URLSearchParams(this.key), 'bbox', [boxText(box)]), year = this.year.peek();
    const dated = ['date_taken', 'date_from', 'date_to'].some((name) => params.has(name));
    return year !== null && !dated ? withValues(params, 'date_taken', [String(year)]) : params;
  }

  close() {
    this.#asking?.abort();
    this.#looking?.abort();
    clearTimeout(this.#later);
    for (const stop of this.#stops) stop();
  }

  /** @param {Points} points @param {Window} window @param {AbortSignal} [signal] @returns {Promise<Clustered>} */
  async #clustered(points, window, signal) {
    const year = this.year.peek();
    if (!points.meta.clustered) return cluster(points, window, year === null ? null : daysOfYear(year));
    const query = new URLSearchParams(this.key);
    query.set('window', [window.west, window.south, window.east, window.north].map((edge) => edge.toFixed(6)).join(','));
    query.set('zoom', String(window.zoom));
    if (year !== null) query.set('year', String(year));
    return getJson(`/api/map/clusters?${query}`, { signal });
  }

  /** Photos came or got their location: many changes may come together. */
  #soon() {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      if (!document.hidden) void this.refresh();
    }, QUIET_MS);
  }
}

/** A box as the filter `bbox` has it: longitudes turned back to ±180. @param {[number, number, number, number]} box */
export function boxText([west, south, east, north]) {
  const turned = (/** @type {number} */ lng) => (lng >= -180 && lng <= 180 ? lng : ((((lng + 180) % 360) + 360) % 360) - 180);
  const around = east - west >= 360;
  return [around ? -180 : turned(west), south, around ? 180 : turned(east), north].map((edge) => Number(edge.toFixed(5))).join(',');
}
