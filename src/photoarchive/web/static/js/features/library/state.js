/** What the library page shows: the query of the address, its view, and where in it the user is. Owns no DOM. */
import { onServer } from 'pa/core/events.js';
import { isAbort, sentenceOf } from 'pa/core/http.js';
import { navigate } from 'pa/core/router.js';
import { batch, signal } from 'pa/core/signals.js';
import { DEFAULT_OPTIONS } from 'pa/grid/layout.js';
import { viewKey } from 'pa/grid/query.js';
import { loadView, openView } from 'pa/grid/view.js';

/** @typedef {import('pa/grid/view.js').PhotoView} PhotoView */

const ROW_KEY = 'photoarchive.rowHeight';
const PANELS_KEY = 'photoarchive.panels';
const NARROW_ROW = 116;

export class LibraryState {
  params = signal(new URLSearchParams());
  /** @type {import('pa/core/signals.js').Signal<PhotoView | null>} */
  view = signal(null);
  loading = signal(false);
  failure = signal('');
  rowHeight = signal(readRowHeight());
  /** Whether the side panels are open. @type {import('pa/core/signals.js').Signal<{left: boolean, right: boolean}>} */
  panels = signal(readPanels());
  /** Photos that came into this view since it was opened. */
  arrived = signal(0);
  /** Photos that are still shown and no longer fit: what is edited stays in place. */
  departed = signal(0);
  /** Section at the upper edge of the grid. */
  section = signal(-1);
  path = '/library';
  /** @type {AbortController | null} */
  #running = null;
  #stops = [
    onServer('catalog', () => this.#arrivals()),
    onServer('hello', ({ catalog = 0 }) => { if (catalog > (this.view.peek()?.readAt ?? Infinity)) this.#arrivals(); }),
  ];
  #wide = matchMedia('(min-width: 1200px)');
  #widthChanged = () => { this.panels.value = readPanels(); }; // overlays never open by themselves

  #arrived;

  /** @param {(view: PhotoView) => void} arrived called first when a view is there: its layout begins before all else is drawn */
  constructor(arrived) {
    this.#arrived = arrived;
    this.#wide.addEventListener('change', this.#widthChanged);
  }

  /**
   * Show the view of an address; resolves when it is there (or has failed).
   * @param {URLSearchParams} params @param {{fresh?: boolean}} [options]
   */
  async show(params, { fresh = false } = {}) {
    const key = viewKey(params);
    this.params.value = params;
    const shown = this.view.peek();
    if (!fresh && shown?.key === key && !shown.outdated) return;
    this.#running?.abort();
    const running = this.#running = new AbortController();
    this.loading.value = !openView(key) || fresh;
    try {
      const view = await loadView(key, { signal: running.signal, fresh });
      if (running.signal.aborted) return;
      this.#arrived(view);
      batch(() => {
        this.view.value = view;
        this.failure.value = '';
        this.loading.value = false;
        this.arrived.value = this.departed.value = 0;
      });
    } catch (error) {
      if (isAbort(error) || running.signal.aborted) return;
      batch(() => {
        this.failure.value = sentenceOf(error);
        this.loading.value = false;
      });
    }
  }

  /** Photos changed: fetch the view again, with its selection. */
  refresh() {
    return this.show(this.params.peek(), { fresh: true });
  }

  /** Go to another query: a step that Back undoes. @param {URLSearchParams} params */
  apply = (params) => {
    const query = params.toString();
    navigate(query ? `${this.path}?${query}` : this.path);
  };

  /** @param {number} height */
  setRowHeight(height) {
    this.rowHeight.value = height;
    remember(ROW_KEY, String(height));
  }

  /** @param {'left' | 'right'} side */
  togglePanel(side) {
    const panels = { ...this.panels.value, [side]: !this.panels.value[side] };
    if (innerWidth < 1200 && panels[side]) panels[side === 'left' ? 'right' : 'left'] = false; // overlays: one at a time
    this.panels.value = panels;
    if (innerWidth >= 1200) remember(PANELS_KEY, JSON.stringify(panels));
  }

  closePanels() {
    this.panels.value = { left: false, right: false };
  }

  /** The number of photos the panel has just counted for this query. @param {number} count */
  counted(count) {
    const view = this.view.peek();
    if (!view) return;
    this.arrived.value = Math.max(0, count - view.feed.count);
    this.departed.value = Math.max(0, view.feed.count - count);
  }

  close() {
    this.#running?.abort();
    for (const stop of this.#stops) stop();
    this.#wide.removeEventListener('change', this.#widthChanged);
  }

  /** An empty view fills by itself; in any other nothing moves until the user asks. */
  #arrivals() {
    if (this.view.peek()?.feed.count === 0 && !this.loading.peek()) void this.refresh();
  }
}

/** @param {string} key @param {string} value */
function remember(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}

/** @param {string} key */
function recall(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function readRowHeight() {
  const known = Number(recall(ROW_KEY));
  if (known >= 90 && known <= 360) return known;
  return innerWidth < 800 ? NARROW_ROW : DEFAULT_OPTIONS.target;
}

function readPanels() {
  if (innerWidth < 1200) return { left: false, right: false };
  const known = JSON.parse(recall(PANELS_KEY) ?? '{}');
  return { left: known.left !== false, right: known.right !== false };
}
