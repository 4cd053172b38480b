/**
 * Boards ahead of the one on screen: fetched and decoded while the user looks, so that the next one is there at once.
 *
 * A small pool has no two boards without common photos; then the deck fetches the next board only when the choice before
 * it is stored, which is what `ahead` says. Photos of which there is no picture to see are taken off a board and not asked
 * for again.
 */

/** @typedef {import('./api.js').Card} Card */
/** @typedef {{id: string, images: Card[]}} Board */
/** @typedef {{boards: Card[][], pool: number, stats: import('./api.js').Stats | null}} Deal pool: photos in the scope */
/** @typedef {{size: number, wanted: number, deal: (exclude: number[], signal: AbortSignal) => Promise<Deal>, prepare: (board: Board) => Promise<number[]>, dealt: (deal: Deal) => void}} DeckParts prepare: decode the pictures; ids of photos that have none */

let made = 0;
/** Deals in a row that may bring only photos without a picture. */
const MOST_ROUNDS = 6;

export class Deck {
  /** Photos in the scope; −1 until known. */
  pool = -1;
  /** @type {Board[]} */
  #boards = [];
  /** Ids of the board on screen. @type {number[]} */
  #shown = [];
  /** Photos without a picture. @type {Set<number>} */
  #unseen = new Set();
  #parts;
  #closed = new AbortController();
  /** @type {Promise<void> | null} */
  #filling = null;

  /** @param {DeckParts} parts size: photos of a board; wanted: boards to have ahead */
  constructor(parts) {
    this.#parts = parts;
  }

  /** How many boards may lie ahead, given the pool. */
  get ahead() {
    return Math.max(0, Math.min(this.#parts.wanted, Math.floor(this.pool / this.#parts.size) - 1));
  }

  /** Whether a board is at hand. */
  get ready() {
    return this.#boards.length > 0;
  }

  /** The next board, at once if there is one. Null when the scope has none. @returns {Promise<Board | null>} */
  async next() {
    if (!this.#boards.length) await this.#fill(1);
    return this.take();
  }

  /** The next board if it is at hand. */
  take() {
    const board = this.#boards.shift() ?? null;
    this.#shown = board ? idsOf(board) : [];
    if (board) this.fetchAhead();
    return board;
  }

  /** Have the boards after this one ready. */
  fetchAhead() {
    if (this.#boards.length < this.ahead) void this.#fill(this.ahead).catch(() => {}); // asked for again when it is needed
  }

  /** Put boards back on top: an undone choice is shown again, what was on screen comes after it. @param {Board} board */
  putBack(board) {
    this.#boards.unshift(board);
  }

  /** The board now on screen came from elsewhere. @param {Board} board */
  show(board) {
    this.#shown = idsOf(board);
  }

  /** A board that came too late: another one was shown meanwhile. @param {Board} late @param {Board | null} shown */
  keepFor(late, shown) {
    this.putBack(late);
    if (shown) this.show(shown);
  }

  close() {
    this.#closed.abort();
    this.#boards = [];
  }

  /** @param {number} wanted boards */
  async #fill(wanted) {
    while (this.#filling) await this.#filling;
    this.#filling = this.#fetch(wanted).finally(() => { this.#filling = null; });
    await this.#filling;
  }

  /** @param {number} wanted */
  async #fetch(wanted) {
    for (let round = 0; this.#boards.length < wanted && round < MOST_ROUNDS; round++) {
      const exclude = [...this.#unseen, ...this.#shown, ...this.#boards.flatMap(idsOf)];
      const apart = this.pool < 0 || this.pool - exclude.length >= this.#parts.size;
      const deal = await this.#parts.deal(apart ? exclude : [...this.#unseen], this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      this.pool = deal.pool;
      this.#parts.dealt(deal);
      const boards = deal.boards.filter((images) => images.length >= 2).map((images) => ({ id: `board-${++made}`, images }));
      if (!boards.length) return;
      const first = this.#boards.length === 0 ? boards[0] : null;
      this.#boards.push(...boards);
      const prepared = boards.map((board) => this.#prepare(board));
      if (first) await prepared[0];
      wanted = Math.min(wanted, Math.max(1, this.ahead));
    }
  }

  /** Decode a board's pictures, and take off what cannot be seen: the photo, or a board with nothing left to choose. @param {Board} board */
  async #prepare(board) {
    const unseen = await this.#parts.prepare(board);
    if (!unseen.length || unseen.length === board.images.length) return; // none at all: the connection, not the photos
    for (const id of unseen) this.#unseen.add(id);
    const seen = board.images.filter((card) => !unseen.includes(card.id)), at = this.#boards.indexOf(board);
    if (at < 0) return; // it is on the screen already
    if (seen.length >= 2) board.images = seen;
    else this.#boards.splice(at, 1);
  }
}

/** @param {Board} board */
function idsOf(board) {
  return board.images.map((card) => card.id);
}
