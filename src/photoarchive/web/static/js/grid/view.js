/**
 * An open view in the browser: the feed of one query, its selection, and what changed in it. Shared by the pages that
 * walk over the same photos (grid, loupe, survey), so that opening a photo asks the server for nothing again.
 */
import { ApiError, getBinary } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { decodeFeed } from './feed.js';
import { viewKey } from './query.js';
import { Selection } from './selection.js';

/** @typedef {import('./feed.js').Feed} Feed */

const KEPT_VIEWS = 3;

export class PhotoView {
  /** Raised after each change of marks; `changedMarks` says of which positions (null: any). */
  marks = signal(0);
  /** @type {Uint32Array | null} */
  changedMarks = null;
  /** Raised after each change of selection or focus. */
  selected = signal(0);
  /** The catalog's revision when it was read, and up to which it shows all marks (0: some are to be asked for again). */
  readAt = Infinity;
  revision = Infinity;
  /** Whether it is to be fetched anew as soon as somebody asks for it. */
  outdated = false;

  /** @param {string} key the query @param {Feed} feed @param {string} token */
  constructor(key, feed, token) {
    this.key = key;
    this.feed = feed;
    this.token = token;
    this.selection = new Selection(feed.count, () => { this.selected.value++; });
    this.layoutInput = {
      sections: feed.meta.sections, aspects: feed.aspects, sectionFirst: feed.sectionFirst, sectionKeys: feed.sectionKeys,
    };
  }

  /** Marks of these positions were written (null: of any). @param {Uint32Array | null} indexes */
  marksChanged(indexes) {
    this.changedMarks = indexes;
    this.marks.value++;
  }

  /** Keep the selection of the view this one replaces. @param {PhotoView} older */
  inheritSelection(older) {
    const { changed } = this.selection;
    this.selection = older.selection.carryOver(older.feed.ids, this.feed.ids);
    this.selection.changed = changed;
    changed();
  }
}

/** @type {Map<string, PhotoView>} */
const open = new Map();

/** Views that were asked for before anybody waited for them. @type {Map<string, Promise<PhotoView>>} */
const early = new Map();

/** @param {string} key @returns {PhotoView | undefined} */
export const openView = (key) => open.get(key);

/**
 * The view of a query: the one that is open, else fetched.
 * @param {string} key canonical query string @param {{signal?: AbortSignal, fresh?: boolean}} [options] fresh: fetch in any case
 * @returns {Promise<PhotoView>}
 */
export async function loadView(key, { signal: cancel, fresh = false } = {}) {
  const known = open.get(key), coming = early.get(key);
  if (known && !fresh && !known.outdated) {
    remember(known);
    return known;
  }
  if (coming && !fresh) return coming;
  const { data, headers } = await getBinary(askedAhead(key) ?? `/api/library/feed${key ? `?${key}` : ''}`, { signal: cancel });
  if (!data) throw new ApiError(0, 'The server sent no photo list.');
  const feed = decodeFeed(data), view = new PhotoView(key, feed, headers.get('X-View-Token') ?? feed.meta.token);
  view.readAt = view.revision = Number(headers.get('X-View-Revision') ?? Infinity);
  if (known) view.inheritSelection(known);
  remember(view);
  return view;
}

/** The user asks for this view again: as it is now, not as it was. @param {string} key */
export function askAgain(key) {
  const known = open.get(key);
  if (known) known.outdated = true;
}

/**
 * The address under which the page itself asks for this view, before any code of it ran; null for all later requests.
 * @param {string} key
 */
function askedAhead(key) {
  const link = document.querySelector('link[rel="preload"][as="fetch"]');
  if (!(link instanceof HTMLLinkElement)) return null;
  link.remove(); // its answer is good once
  const { pathname, search, searchParams } = new URL(link.href);
  return viewKey(searchParams) === key ? pathname + search : null;
}

/** Ask for a view while the page that will show it is still loading. @param {string} key */
export function loadViewEarly(key) {
  if (open.has(key) || early.has(key)) return;
  const coming = loadView(key);
  early.set(key, coming);
  const forget = () => { early.delete(key); };
  coming.then(forget, forget); // whoever waits for it hears of a failure
}

/** @param {PhotoView} view */
function remember(view) {
  open.delete(view.key);
  open.set(view.key, view);
  for (const key of open.keys()) {
    if (open.size <= KEPT_VIEWS) break;
    open.delete(key);
  }
}
