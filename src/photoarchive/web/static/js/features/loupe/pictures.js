/**
 * Pictures for the loupe, decoded before they are needed: the next photo is on screen in the frame after the key.
 * Keeps a few decoded pictures around the current photo and asks the server to have more of them ready.
 */
import { postJson } from 'pa/core/http.js';

/** @typedef {'sm' | 'md' | 'lg' | 'full'} Tier */
/** @typedef {{id: number, tier: Tier, image: HTMLImageElement, ready: boolean, decoded: Promise<boolean>}} Picture */

export const TIERS = /** @type {const} */ (['sm', 'md', 'lg', 'full']);
/** Decoded md pictures take about 10 MB each. */
const KEPT = 7;
const WARM_AHEAD = 10;
const WARM_MS = 180;

/** @param {number} id @param {Tier} tier @param {boolean} cachedOnly */
export function pictureUrl(id, tier, cachedOnly) {
  const path = tier === 'full' ? `/api/full/${id}` : `/api/thumb/${tier}/${id}`;
  return cachedOnly ? `${path}?cached=1` : path;
}

/** Ask for a picture and decode it off the page. @param {number} id @param {Tier} tier @param {boolean} cachedOnly @returns {Picture} */
export function fetchPicture(id, tier, cachedOnly) {
  const image = new Image();
  image.alt = '';
  image.draggable = false;
  image.decoding = 'sync'; // it is decoded when it is put in: no blank frame
  /** @type {Picture} */
  const picture = { id, tier, image, ready: false, decoded: Promise.resolve(false) };
  image.src = pictureUrl(id, tier, cachedOnly);
  picture.decoded = image.decode().then(() => picture.ready = image.naturalWidth > 0, () => false);
  return picture;
}

export class DecodedPictures {
  /** @type {Map<number, Picture>} */
  #kept = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #warming;

  /** The md picture of a photo, if it is decoded or on its way. @param {number} id */
  get(id) {
    return this.#kept.get(id);
  }

  /** The md picture of a photo, asked for now if it was not before. @param {number} id @param {boolean} cachedOnly */
  have(id, cachedOnly) {
    const known = this.#kept.get(id), picture = known ?? fetchPicture(id, 'md', cachedOnly);
    this.#kept.delete(id);
    this.#kept.set(id, picture);
    if (!known) picture.decoded.then((fine) => { if (!fine && this.#kept.get(id) === picture) this.#kept.delete(id); });
    for (const [old, { image }] of this.#kept) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(old);
      if (!image.isConnected) image.removeAttribute('src'); // cancels it if it still loads
    }
    return picture;
  }

  /** Let the server make what comes next in this direction. @param {Uint32Array} ids of the view @param {number} index @param {number} direction */
  warm(ids, index, direction) {
    clearTimeout(this.#warming);
    this.#warming = setTimeout(() => {
      const ahead = [];
      for (let n = 1; n <= WARM_AHEAD; n++) {
        const at = index + n * direction;
        if (at >= 0 && at < ids.length) ahead.push(ids[at]);
      }
      if (ahead.length) postJson('/api/images/warm', { tiers: { md: ahead, lg: ahead.slice(0, 2) } }).catch(() => {}); // only a hint
    }, WARM_MS);
  }

  close() {
    clearTimeout(this.#warming);
    for (const { image } of this.#kept.values()) if (!image.isConnected) image.removeAttribute('src');
    this.#kept.clear();
  }
}
