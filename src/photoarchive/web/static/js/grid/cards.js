/**
 * Details of the photos that are on screen (names, sizes, durations …), asked for in batches and kept for a while.
 * The feed says how a view looks; cards say what its photos are called.
 */
import { getJson } from 'pa/core/http.js';

/**
 * The part of a card that the pages use; the rest is passed on to the info panel.
 * @typedef {{id: number, filename: string, flag: string, stars: number | null, suggested_stars: number | null, label: number,
 *   width: number | null, height: number | null, aspect_ratio: number | null, kind: string, duration: number | null,
 *   elo: number, comparisons: number, offline: boolean, missing: boolean, unreadable: string | null, damaged: string | null, stack?: number | null}} Card
 */

const KEPT = 4000;
const BATCH = 500;

export class Cards {
  /** @type {Map<number, Card>} */
  #known = new Map();
  /** The last request for each photo that is on its way: an earlier one says nothing new. @type {Map<number, Promise<boolean>>} */
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
    const wanted = [...ids];
    let overtaken = true;
    while (overtaken) {
      const missing = [], waiting = new Set();
      for (const id of wanted) {
        const asked = this.#asked.get(id);
        if (asked) waiting.add(asked);
        else if (!this.#known.has(id)) missing.push(id);
      }
      for (const request of this.#ask(missing)) waiting.add(request);
      overtaken = (await Promise.all(waiting)).includes(true);
    }
  }

  /** Ask again, for photos that changed: also where a request is on its way, which may have been answered before. @param {number[]} ids */
  async refresh(ids) {
    for (const id of ids) this.#known.delete(id);
    await Promise.all(this.#ask(ids));
    await this.have(ids);
  }

  /** Forget everything, also what is on its way, after a change that may concern any photo. */
  clear() {
    this.#known.clear();
    this.#asked.clear();
  }

  /** @param {number[]} ids */
  #ask(ids) {
    const requests = [];
    for (let at = 0; at < ids.length; at += BATCH) {
      const part = ids.slice(at, at + BATCH), sent = this.#fetch(part, () => request), request = sent.finally(() => {
        for (const id of part) if (this.#asked.get(id) === request) this.#asked.delete(id);
      });
      for (const id of part) this.#asked.set(id, request);
      requests.push(request);
    }
    return requests;
  }

  /** Answers whether it was overtaken for any photo. @param {number[]} ids @param {() => Promise<boolean>} request this one */
  async #fetch(ids, request) {
    const { images } = /** @type {{images: Card[]}} */ (await getJson(`/api/library/cards?ids=${ids.join(',')}`));
    const isNews = (/** @type {number} */ id) => this.#asked.get(id) === request();
    for (const card of images) {
      if (!isNews(card.id)) continue;
      this.#known.delete(card.id);
      this.#known.set(card.id, card);
    }
    for (const id of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(id);
    }
    return !ids.every(isNews);
  }
}

/** One store for all pages: the loupe knows at once what the grid has shown. */
export const cards = new Cards();
