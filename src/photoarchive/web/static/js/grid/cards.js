/**
 * Details of the photos that are on screen (names, sizes, durations …), asked for in batches and kept for a while.
 * The feed says how a view looks; cards say what its photos are called.
 */
import { getJson } from 'pa/core/http.js';

/**
 * The part of a card that the pages use; the rest is passed on to the info panel.
 * @typedef {{id: number, filename: string, flag: string, stars: number | null, suggested_stars: number | null, label: number,
 *   width: number | null, height: number | null, aspect_ratio: number | null, kind: string, duration: number | null,
 *   offline: boolean, missing: boolean, unreadable: string | null, damaged: string | null}} Card
 */

const KEPT = 4000;
const BATCH = 500;

export class Cards {
  /** @type {Map<number, Card>} */
  #known = new Map();
  /** @type {Map<number, Promise<void>>} */
  #asked = new Map();

  /** @param {number} id @returns {Card | undefined} */
  get(id) {
    return this.#known.get(id);
  }

  /**
   * Have the cards of these photos; resolves when all that exist are known.
   * @param {Iterable<number>} ids
   */
  async have(ids) {
    const missing = [], waiting = new Set();
    for (const id of ids) {
      const asked = this.#asked.get(id);
      if (asked) waiting.add(asked);
      else if (!this.#known.has(id)) missing.push(id);
    }
    for (let at = 0; at < missing.length; at += BATCH) waiting.add(this.#ask(missing.slice(at, at + BATCH)));
    await Promise.all(waiting);
  }

  /** Ask again, for photos that changed. @param {number[]} ids */
  async refresh(ids) {
    for (const id of ids) this.#known.delete(id);
    await this.have(ids);
  }

  /** Forget everything, after a change that may concern any photo. */
  clear() {
    this.#known.clear();
  }

  /** @param {number[]} ids */
  #ask(ids) {
    const answer = this.#fetch(ids).finally(() => { for (const id of ids) this.#asked.delete(id); });
    for (const id of ids) this.#asked.set(id, answer);
    return answer;
  }

  /** @param {number[]} ids */
  async #fetch(ids) {
    const { images } = /** @type {{images: Card[]}} */ (await getJson(`/api/library/cards?ids=${ids.join(',')}`));
    for (const card of images) {
      this.#known.delete(card.id);
      this.#known.set(card.id, card);
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(id);
    }
  }
}

/** One store for all pages: the loupe knows at once what the grid has shown. */
export const cards = new Cards();
