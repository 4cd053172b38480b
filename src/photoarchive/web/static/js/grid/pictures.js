/**
 * Puts pictures into tiles: nothing is asked for while the user flies past, what scrolls away is cancelled, and a
 * picture that was only the file's embedded thumbnail is asked for again once the real preview exists.
 *
 * A tile shows its average colour until a picture is there, so nothing shifts and nothing is blank.
 */
import { postJson } from 'pa/core/http.js';
import { onServer } from 'pa/core/events.js';
import { bits as read } from './feed.js';

/** @typedef {import('./tile.js').Tile} Tile */

const FIRST_CHECK_MS = 1200, LONGEST_CHECK_MS = 15_000;
/** Status of at most so many photos is asked for at once. */
const CHECKED = 120;
/** Embedded thumbnails are mostly 160 × 120; a picture this large is as good as the preview and stays. */
const GOOD_PX = 360;

export class Pictures {
  /** Tiles that wait for the user to slow down. @type {Set<Tile>} */
  #waiting = new Set();
  /** Tiles whose picture may be an embedded thumbnail. @type {Set<Tile>} */
  #provisional = new Set();
  #paused = false;
  #previewsPending = true;
  #checkDelay = FIRST_CHECK_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #stopListening = onServer('work', (work) => this.#hearWork(work));

  /** Ask for a tile's picture now, or when the user has slowed down. @param {Tile} tile */
  show(tile) {
    this.#blank(tile);
    if (read.unreadable(tile.bits)) return;
    if (this.#paused) this.#waiting.add(tile);
    else this.#load(tile, pictureUrl(tile));
  }

  /** The tile left the screen. @param {Tile} tile */
  release(tile) {
    this.#waiting.delete(tile);
    this.#provisional.delete(tile);
    this.#blank(tile);
  }

  /** Ask for nothing until `resume`: the user flies past. */
  pause() {
    this.#paused = true;
  }

  resume() {
    if (!this.#paused) return;
    this.#paused = false;
    for (const tile of this.#waiting) this.#load(tile, pictureUrl(tile));
    this.#waiting.clear();
  }

  close() {
    this.#stopListening();
    clearTimeout(this.#timer);
  }

  /** @param {Tile} tile */
  #blank(tile) {
    tile.image.onload = tile.image.onerror = null;
    if (!tile.image.complete) tile.image.removeAttribute('src'); // cancels it; a loaded one is just hidden, that costs less
    tile.image.classList.remove('is-shown', 'is-instant');
    tile.element.classList.remove('is-pictureless');
  }

  /** @param {Tile} tile @param {string} url */
  #load(tile, url) {
    const { image } = tile;
    image.onload = () => this.#loaded(tile);
    image.onerror = () => this.#failed(tile);
    image.src = url;
    if (image.complete && image.naturalWidth > 0) image.classList.add('is-instant'); // in memory: no fade
  }

  /** @param {Tile} tile */
  #loaded(tile) {
    tile.image.classList.add('is-shown');
    if (!this.#previewsPending) return;
    this.#provisional.add(tile);
    this.#schedule();
  }

  /** No picture can be had: the tile keeps its colour and says its name. @param {Tile} tile */
  #failed(tile) {
    tile.element.classList.add('is-pictureless');
    if (this.#previewsPending && !read.missing(tile.bits) && !read.offline(tile.bits)) {
      this.#provisional.add(tile);
      this.#schedule();
    }
  }

  #schedule() {
    this.#timer ??= setTimeout(() => void this.#check(), this.#checkDelay);
  }

  /** Swap embedded thumbnails for previews that have been made since. */
  async #check() {
    const asked = [...this.#provisional].slice(0, CHECKED), ids = asked.map((tile) => tile.id);
    let found = 0;
    try {
      found = ids.length && !document.hidden ? await this.#swap(asked, ids) : 0;
    } catch {
      // The server cannot answer now; the next round asks again.
    }
    this.#timer = undefined;
    this.#checkDelay = found ? FIRST_CHECK_MS : Math.min(LONGEST_CHECK_MS, this.#checkDelay * 1.6);
    if (this.#provisional.size && (this.#previewsPending || found)) this.#schedule();
  }

  /** @param {Tile[]} asked @param {number[]} ids */
  async #swap(asked, ids) {
    /** @type {{images: {id: number, tiers: Record<string, {cached: boolean}>}[]}} */
    const { images } = await postJson('/api/images/media-status', { ids });
    const ready = new Map(images.map((status) => [status.id, status.tiers.sm?.cached ?? false]));
    let swapped = 0;
    for (const [n, tile] of asked.entries()) {
      if (tile.id !== ids[n] || !this.#provisional.has(tile) || !ready.get(tile.id)) continue;
      this.#provisional.delete(tile);
      swapped++;
      if (Math.max(tile.image.naturalWidth, tile.image.naturalHeight) < GOOD_PX) void this.#replace(tile);
    }
    return swapped;
  }

  /** Decode the better picture first, then swap it in: no flash. @param {Tile} tile */
  async #replace(tile) {
    const { id } = tile, url = `/api/thumb/sm/${id}?final=1`, ahead = new Image();
    ahead.src = url;
    try {
      await ahead.decode();
    } catch {
      return; // it was taken out of the cache in between; the thumbnail stays
    }
    if (tile.id !== id) return;
    tile.element.classList.remove('is-pictureless');
    tile.image.classList.add('is-shown', 'is-instant');
    tile.image.onload = null;
    tile.image.src = url;
  }

  /** @param {{jobs?: {name: string, done: number, total: number, failed?: number}[]}} work */
  #hearWork(work) {
    const job = work.jobs?.find(({ name }) => name === 'previews');
    this.#previewsPending = !job || job.done + (job.failed ?? 0) < job.total;
    if (this.#provisional.size) {
      this.#checkDelay = FIRST_CHECK_MS;
      this.#schedule();
    }
  }
}

/** Photos whose file cannot be reached are only asked for in the cache: an empty answer, not an error. @param {Tile} tile */
function pictureUrl(tile) {
  const away = read.offline(tile.bits) || read.missing(tile.bits);
  return away ? `/api/thumb/sm/${tile.id}?cached=1` : `/api/thumb/sm/${tile.id}`;
}
