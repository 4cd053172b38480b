/**
 * The ladder of one photo's pictures: the best that is at hand at once, then sharper ones, each put over the last when it
 * is decoded. Never back to a coarser one, never another size: every picture fills the same frame.
 */
import { TIERS, fetchPicture } from './pictures.js';

/** @typedef {import('./pictures.js').Tier} Tier */
/** @typedef {import('./pictures.js').Picture} Picture */
/** @typedef {{id: number, width: number, height: number, cachedOnly: boolean, isRaw: boolean}} LadderPhoto */
/** @typedef {{shown: (picture: Picture) => void, failed: () => void}} LadderEvents */

/** Sharper pictures are for those who stay. */
const LG_MS = 250, FULL_MS = 700;
/** Larger originals are only fetched when the user zooms into them. */
const FULL_BY_ITSELF_PX = 40_000_000;

export class Ladder {
  /** @type {Tier | ''} */
  tier = '';
  /** @type {Picture | null} */
  current = null;
  #frame;
  #events;
  /** @type {LadderPhoto | null} */
  #photo = null;
  /** @type {Set<Tier>} */
  #asked = new Set();
  /** @type {ReturnType<typeof setTimeout>[]} */
  #timers = [];

  /** @param {HTMLElement} frame @param {LadderEvents} events */
  constructor(frame, events) {
    this.#frame = frame;
    this.#events = events;
  }

  /** Climb for another photo. md: its picture, decoded or on its way. @param {LadderPhoto} photo @param {Picture} md */
  show(photo, md) {
    this.clear();
    this.#photo = photo;
    this.#asked = new Set(['md']);
    if (md.ready) this.#put(md);
    else {
      this.#ask('sm');
      void this.#await(md);
    }
  }

  /** The user looks closer than the current picture is sharp. @param {number} needed long side in px of the screen */
  need(needed) {
    const photo = this.#photo, { current } = this;
    if (!photo || !current || current.tier === 'full') return;
    const has = Math.max(current.image.naturalWidth, current.image.naturalHeight);
    if (needed <= has * 1.05 || has >= Math.max(photo.width, photo.height)) return;
    this.#ask(needed > 3840 ? 'full' : 'lg');
    if (this.#asked.has('lg')) this.#later(() => this.#ask('full'), FULL_MS);
  }

  clear() {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    this.#photo = null;
    this.current = null;
    this.tier = '';
    this.#frame.replaceChildren();
  }

  /** @param {Tier} tier */
  #ask(tier) {
    const photo = this.#photo;
    if (!photo || this.#asked.has(tier)) return;
    this.#asked.add(tier);
    void this.#await(fetchPicture(photo.id, tier, photo.cachedOnly && tier !== 'sm' ? true : photo.cachedOnly));
  }

  /** @param {Picture} picture */
  async #await(picture) {
    const fine = await picture.decoded;
    if (this.#photo?.id !== picture.id) return;
    if (fine) this.#put(picture);
    else if (picture.tier === 'md') this.#mdFailed();
  }

  /** Without md there may still be a small picture, or the original itself. */
  #mdFailed() {
    if (this.current) return;
    if (this.#asked.has('lg')) this.#events.failed();
    else setTimeout(() => { if (!this.current) this.#events.failed(); }, LG_MS);
  }

  /** @param {Picture} picture */
  #put(picture) {
    if (this.current && TIERS.indexOf(picture.tier) <= TIERS.indexOf(this.current.tier)) return;
    const before = this.current;
    this.current = picture;
    this.tier = picture.tier;
    this.#frame.append(picture.image);
    if (before) requestAnimationFrame(() => requestAnimationFrame(() => { if (before !== this.current && before.image.parentElement === this.#frame) before.image.remove(); }));
    this.#events.shown(picture);
    this.#climb(picture);
  }

  /** @param {Picture} picture */
  #climb({ tier, image }) {
    const photo = this.#photo;
    if (!photo) return;
    const longSide = Math.max(photo.width, photo.height), has = Math.max(image.naturalWidth, image.naturalHeight);
    const small = photo.width * photo.height <= FULL_BY_ITSELF_PX && !photo.isRaw && !photo.cachedOnly;
    if (tier === 'md' && longSide > has * 1.05) this.#later(() => this.#ask('lg'), LG_MS);
    else if ((tier === 'md' || tier === 'lg') && small) this.#later(() => this.#ask('full'), FULL_MS);
  }

  /** @param {() => void} run @param {number} milliseconds */
  #later(run, milliseconds) {
    this.#timers.push(setTimeout(run, milliseconds));
  }
}
