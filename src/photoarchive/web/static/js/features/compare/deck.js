/**
 * Boards ahead of the one on screen: fetched and decoded while the user looks, so that the next one is there at once.
 *
 * A small pool has no two boards without common photos; then the deck fetches the next board only when the choice before
 * it is stored, which is what `ahead` says.
 */

/** @typedef {import('./api.js').Card} Card */
/** @typedef {{id: string, images: Card[]}} Board */
/** @typedef {{boards: Card[][], pool: number, stats: import('./api.js').Stats | null}} Deal pool: photos in the scope */
/** @typedef {{size: number, wanted: number, deal: (exclude: number[], signal: AbortSignal) => Promise<Deal>, prepare: (board: Board) => Promise<unknown>, dealt: (deal: Deal) => void}} DeckParts */

let made = 0;

export class Deck {
  /** Photos in the scope; −1 until known. */
  pool = -1;
  /** @type {Board[]} */
  #boards = [];
  /** Ids of the board on screen. @type {number[]} */
  #shown = [];
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
    while (this.#boards.length < wanted) {
      const exclude = [...this.#shown, ...this.#boards.flatMap(idsOf)];
      const apart = this.pool < 0 || this.pool - exclude.length >= this.#parts.size;
      const deal = await this.#parts.deal(apart ? exclude : [], this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      this.pool = deal.pool;
      this.#parts.dealt(deal);
      const boards = deal.boards.filter((images) => images.length >= 2).map((images) => ({ id: `board-${++made}`, images }));
      if (!boards.length) return;
      const first = this.#boards.length === 0 ? boards[0] : null;
      this.#boards.push(...boards);
      const prepared = boards.map((board) => this.#parts.prepare(board));
      if (first) await prepared[0];
      wanted = Math.min(wanted, Math.max(1, this.ahead));
    }
  }
}

/** @param {Board} board */
function idsOf(board) {
  return board.images.map((card) => card.id);
}
