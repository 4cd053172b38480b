/** A list that comes page by page as far as it is wanted, and is read again as far as it was. No cap on its length. */
import { getJson, isAbort, sentenceOf } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';

const MOST_AT_ONCE = 500;

/** @template {{id: number | string}} T */
export class Paged {
  items = signal(/** @type {T[]} */ ([]));
  /** How many there are in all; null until known. */
  total = signal(/** @type {number | null} */ (null));
  failure = signal('');
  #address;
  #read;
  #size;
  #turn = 0;
  #loading = false;

  /**
   * @param {(limit: number, offset: number) => string} address
   * @param {(answer: any) => {items: T[], total: number}} read what of the answer is the list
   * @param {number} [size] of a page
   */
  constructor(address, read, size = 60) {
    this.#address = address;
    this.#read = read;
    this.#size = size;
  }

  get hasMore() {
    return this.items.value.length < (this.total.value ?? 0);
  }

  /** Begin again. */
  reset() {
    this.#turn++;
    this.#loading = false;
    batch(() => {
      this.items.value = [];
      this.total.value = null;
      this.failure.value = '';
    });
  }

  /** Read what is shown again; at least one page. */
  async reload() {
    const turn = ++this.#turn, wanted = Math.max(this.#size, this.items.peek().length);
    this.#loading = true;
    try {
      /** @type {T[]} */
      const items = [];
      let total = 0;
      do {
        const answer = this.#read(await getJson(this.#address(Math.min(MOST_AT_ONCE, wanted - items.length), items.length)));
        if (turn !== this.#turn) return;
        total = answer.total;
        items.push(...answer.items);
        if (!answer.items.length) break;
      } while (items.length < Math.min(wanted, total));
      this.#show(items, total);
    } catch (error) {
      this.#failed(turn, error);
    } finally {
      if (turn === this.#turn) this.#loading = false;
    }
  }

  /** The next page. */
  async more() {
    const before = this.items.peek();
    if (this.#loading || before.length >= (this.total.peek() ?? 0)) return;
    const turn = ++this.#turn;
    this.#loading = true;
    try {
      const { items, total } = this.#read(await getJson(this.#address(this.#size, before.length)));
      if (turn !== this.#turn) return;
      const known = new Set(before.map(({ id }) => id));
      this.#show([...before, ...items.filter(({ id }) => !known.has(id))], total);
    } catch (error) {
      this.#failed(turn, error);
    } finally {
      if (turn === this.#turn) this.#loading = false;
    }
  }

  /** @param {T[]} items @param {number} total */
  #show(items, total) {
    batch(() => {
      this.items.value = items;
      this.total.value = total;
      this.failure.value = '';
    });
  }

  /** @param {number} turn @param {unknown} error */
  #failed(turn, error) {
    if (turn === this.#turn && !isAbort(error)) this.failure.value = sentenceOf(error);
  }
}
