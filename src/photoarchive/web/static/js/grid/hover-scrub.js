/**
 * The mouse over a tile: a video shows its frames from left to right, a live photo plays while its badge is pointed at.
 * Nothing is asked for before the mouse rests; touch and keys see nothing of it.
 */
import { getBinary } from 'pa/core/http.js';
import { KIND_VIDEO, bits as read } from './feed.js';
import { askPlayback, sourceOf } from './playback.js';

/** @typedef {import('./tile.js').Tile} Tile */
/** @typedef {{url: string, frames: number}} Strip */

const REST_MS = 140;
const KEPT_STRIPS = 24;

export class HoverScrub {
  /** @type {Tile | null} */
  #tile = null;
  #id = 0;
  /** Where the mouse is over the tile, 0…1. */
  #share = 0;
  #onBadge = false;
  /** @type {HTMLElement | null} */
  #shown = null;
  /** @type {Map<number, Strip>} */
  #strips = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;
  /** @type {AbortController | null} */
  #asking = null;
  #listening = new AbortController();

  /** @param {HTMLElement} scroller */
  constructor(scroller) {
    const { signal } = this.#listening;
    scroller.addEventListener('pointermove', (event) => this.#moved(event), { signal, passive: true });
    for (const name of ['pointerleave', 'scroll', 'pointerdown', 'wheel']) scroller.addEventListener(name, () => this.#end(), { signal, passive: true });
  }

  close() {
    this.#end();
    this.#listening.abort();
    for (const { url } of this.#strips.values()) URL.revokeObjectURL(url);
    this.#strips.clear();
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    if (event.pointerType === 'touch' || event.buttons) return;
    const element = event.target instanceof Element ? event.target.closest('.tile') : null, tile = /** @type {Tile | undefined} */ (/** @type {any} */ (element)?.tile);
    const onBadge = tile !== undefined && isOnBadge(tile, event), wanted = tile && tile.id && (isVideo(tile) || onBadge) ? tile : null;
    if (wanted !== this.#tile || wanted?.id !== this.#id || onBadge !== this.#onBadge) this.#begin(wanted, onBadge);
    if (!wanted) return;
    const box = wanted.element.getBoundingClientRect();
    this.#share = Math.min(0.999, Math.max(0, (event.clientX - box.left) / box.width));
    this.#place();
  }

  /** @param {Tile | null} tile @param {boolean} onBadge */
  #begin(tile, onBadge) {
    this.#end();
    this.#tile = tile;
    this.#id = tile?.id ?? 0;
    this.#onBadge = onBadge;
    if (tile) this.#resting = setTimeout(() => void (isVideo(tile) ? this.#scrub(tile) : this.#play(tile)), REST_MS);
  }

  #end() {
    clearTimeout(this.#resting);
    this.#asking?.abort();
    this.#asking = null;
    if (this.#shown instanceof HTMLVideoElement) {
      this.#shown.pause();
      this.#shown.removeAttribute('src');
      this.#shown.load(); // lets go of the connection
    }
    this.#shown?.remove();
    this.#shown = this.#tile = null;
    this.#id = 0;
    this.#onBadge = false;
  }

  /** @param {Tile} tile */
  async #scrub(tile) {
    const { id } = tile, strip = await this.#strip(id);
    if (!strip || this.#tile !== tile || this.#id !== id) return;
    const element = document.createElement('div'), line = document.createElement('i');
    element.className = 'tile-scrub';
    element.dataset.frames = String(strip.frames);
    element.style.backgroundImage = `url(${strip.url})`;
    element.style.backgroundSize = `${strip.frames * 100}% 100%`;
    element.append(line);
    this.#put(tile, element);
    this.#place();
  }

  #place() {
    const element = this.#shown, frames = Number(element?.dataset.frames);
    if (!element || !frames) return;
    const frame = Math.floor(this.#share * frames);
    element.dataset.frame = String(frame);
    element.style.backgroundPositionX = frames > 1 ? `${(frame / (frames - 1)) * 100}%` : '0';
    /** @type {HTMLElement} */ (element.firstElementChild).style.insetInlineStart = `${this.#share * 100}%`;
  }

  /** @param {number} id @returns {Promise<Strip | null>} */
  async #strip(id) {
    const known = this.#strips.get(id);
    if (known) return known;
    const asking = this.#asking = new AbortController();
    try {
      const { headers, data } = await getBinary(`/api/video/${id}/frames`, { signal: asking.signal });
      if (!data) return null;
      const strip = { url: URL.createObjectURL(new Blob([data], { type: 'image/jpeg' })), frames: Number(headers.get('X-Frames')) || 1 };
      this.#strips.set(id, strip);
      for (const [old, { url }] of this.#strips) {
        if (this.#strips.size <= KEPT_STRIPS) break;
        URL.revokeObjectURL(url);
        this.#strips.delete(old);
      }
      return strip;
    } catch {
      return null; // there is nothing to see, and nobody asked with a click
    }
  }

  /** @param {Tile} tile */
  async #play(tile) {
    const { id } = tile, asking = this.#asking = new AbortController();
    try {
      const playback = await askPlayback(id, asking.signal), source = sourceOf(playback);
      if (!source || this.#tile !== tile || this.#id !== id) return;
      const video = document.createElement('video');
      video.className = 'tile-clip';
      video.muted = video.loop = video.playsInline = true;
      video.src = source;
      this.#put(tile, video);
      await video.play();
    } catch {
      // the still stays: a clip that cannot be played here is offered in the loupe
    }
  }

  /** @param {Tile} tile @param {HTMLElement} element */
  #put(tile, element) {
    this.#shown?.remove();
    this.#shown = element;
    tile.image.after(element);
  }
}

/** @param {Tile} tile */
const isVideo = (tile) => read.kind(tile.bits) === KIND_VIDEO && !read.unreadable(tile.bits);

/** @param {Tile} tile @param {PointerEvent} event */
function isOnBadge(tile, event) {
  if (!read.live(tile.bits)) return false;
  const box = tile.element.querySelector('.badge-live')?.getBoundingClientRect();
  return box !== undefined && event.clientX >= box.left - 4 && event.clientX <= box.right + 4 && event.clientY >= box.top - 4 && event.clientY <= box.bottom + 4;
}
