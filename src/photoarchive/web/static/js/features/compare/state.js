/** What the compare page shows and does: the board on screen, choices, undo. Owns no DOM. */
import { connection } from 'pa/core/events.js';
import { isAbort, sentenceOf } from 'pa/core/http.js';
import { batch, effect, signal, untracked } from 'pa/core/signals.js';
import { showToast } from 'pa/ui/toast.js';
import { choiceLetter, dealBoards, doAgain, readMoved, readProgress, sendChoice, takeBack } from './api.js';
import { Deck } from './deck.js';
import { Outbox, newKey } from './outbox.js';
import { pictureOf } from './pictures.js';
import { readSize, readStrategy, remember } from './remembered.js';

/** @typedef {import('./api.js').Mode} Mode */
/** @typedef {import('./api.js').Progress} Progress */
/** @typedef {import('./api.js').TakenBack} TakenBack */
/** @typedef {import('./deck.js').Board} Board */
/** @typedef {import('./scope.js').Tab} Tab */
/** @typedef {'loading' | 'ready' | 'empty' | 'done' | 'waiting' | 'failed'} Phase done: two photos, chosen; waiting: the choices before must be stored first */

/** @type {Record<Tab, Mode | null>} */
const MODES = { mosaic: 'mosaic', ab: 'swiss', top: 'topn', results: null };
/** The winner's ring is seen this long before its board goes; the ring itself stays 120 ms. */
const SEEN_MS = 45, RING_MS = 120, SETTLE_MS = 400;
/** A board is not kept back longer than this by a picture that takes its time. */
const LONGEST_WAIT_MS = 1500;
/** Boards that can be shown again when their choice is taken back before it was sent. */
const KEPT_BOARDS = 20;
const MOST_WINNERS = 3;

export class CompareState {
  /** @type {import('pa/core/signals.js').Signal<Tab>} */
  tab = signal('mosaic');
  /** Filters of the address. */
  scope = signal('');
  strategy = signal(readStrategy());
  size = signal(readSize());
  /** @type {import('pa/core/signals.js').Signal<Board | null>} */
  board = signal(null);
  phase = signal(/** @type {Phase} */ ('loading'));
  failure = signal('');
  /** Chosen so far on this board, best first. @type {import('pa/core/signals.js').Signal<number[]>} */
  ranked = signal([]);
  /** Winner with its ring. */
  won = signal(0);
  focus = signal(-1);
  zoomed = signal(false);
  pool = signal(-1);
  /** @type {import('pa/core/signals.js').Signal<Progress | null>} */
  progress = signal(null);
  moved = signal(0);
  /** Changes when a choice was stored or taken back. */
  stored = signal(0);
  outbox = new Outbox({ send: sendChoice, refused: (sentence) => showToast(`A choice could not be stored. ${sentence}`, { kind: 'error' }), shelf: shelf() });
  /** @type {Deck | null} */
  #deck = null;
  /** Boards by the key of their choice. @type {Map<string, Board>} */
  #chosen = new Map();
  #turning = false;
  #undoing = false;
  /** Rises with every board put on screen: a board that arrives after another one was shown comes next. */
  #puts = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #settling;
  #stop = effect(() => { if (connection.value === 'live') untracked(() => this.#reconnected()); });

  get mode() {
    return MODES[this.tab.value];
  }

  /** Show a tab and a scope. @param {Tab} tab @param {string} scope */
  async show(tab, scope) {
    const same = tab === this.tab.peek() && scope === this.scope.peek() && this.#deck !== null;
    if (same) return;
    batch(() => {
      this.tab.value = tab;
      this.scope.value = scope;
      this.progress.value = null;
    });
    this.#readProgress(true);
    await this.shuffle();
  }

  /** @param {string} strategy */
  setStrategy(strategy) {
    this.strategy.value = strategy;
    remember('strategy', strategy);
    void this.shuffle();
  }

  /** @param {number} size */
  setSize(size) {
    this.size.value = size;
    remember('size', String(size));
    void this.shuffle();
  }

  /** New boards. */
  async shuffle() {
    this.#deck?.close();
    this.#deck = null;
    const { mode } = this;
    if (!mode) {
      this.#put(null, 'ready');
      return;
    }
    const shown = this.board.peek()?.images.map((card) => card.id) ?? [], wish = { mode, strategy: this.strategy.peek(), size: this.size.peek(), scope: this.scope.peek() };
    const deck = this.#deck = new Deck({
      size: mode === 'mosaic' ? wish.size : 2, wanted: mode === 'mosaic' ? 2 : 3,
      deal: (exclude, stop) => dealBoards(wish, this.#apart(exclude, shown), stop),
      prepare: (board) => prepare(board, mode),
      dealt: (deal) => { this.pool.value = deal.pool; },
    });
    this.#put(null, 'loading');
    await this.#turn(deck);
  }

  /** A reshuffle shows other photos, if there are enough. @param {number[]} exclude @param {number[]} shown */
  #apart(exclude, shown) {
    const pool = this.pool.peek(), size = this.size.peek();
    return exclude.length === 0 && pool >= shown.length + size ? shown : exclude;
  }

  /**
   * Choose a photo of the board. more: others are to follow as second and third.
   * @param {number} id @param {{more?: boolean}} [options]
   */
  choose(id, { more = false } = {}) {
    const board = this.board.peek();
    if (!board || this.#turning || this.phase.peek() !== 'ready') return;
    const before = this.ranked.peek();
    if (before.includes(id)) {
      this.ranked.value = before.filter((one) => one !== id);
      return;
    }
    const ranked = [...before, id];
    this.ranked.value = ranked;
    if (more && ranked.length < Math.min(MOST_WINNERS, board.images.length - 1)) return;
    this.won.value = ranked[0];
    this.#finish(board, ranked);
    setTimeout(() => { if (this.won.peek() === ranked[0]) this.won.value = 0; }, RING_MS);
  }

  /** What is chosen so far is the whole choice. */
  confirm() {
    const board = this.board.peek(), ranked = this.ranked.peek();
    if (!board || !ranked.length || this.#turning) return false;
    this.#finish(board, ranked);
    return true;
  }

  clearRanked() {
    const had = this.ranked.peek().length > 0;
    this.ranked.value = [];
    return had;
  }

  /** Nothing to choose here. */
  skip() {
    const board = this.board.peek();
    if (board && !this.#turning && this.phase.peek() === 'ready') this.#finish(board, []);
  }

  /** @param {Board} board @param {number[]} winners */
  #finish(board, winners) {
    const { mode } = this, deck = this.#deck;
    if (!mode || !deck) return;
    this.#turning = true;
    const wish = { mode, strategy: this.strategy.peek(), size: this.size.peek(), scope: this.scope.peek() };
    const key = newKey(), answer = this.outbox.add(choiceLetter(wish, board.images.map((card) => card.id), winners, key));
    answer.then(() => this.#settled(), () => {});
    this.#chosen.set(key, board);
    for (const old of this.#chosen.keys()) if (this.#chosen.size > KEPT_BOARDS) this.#chosen.delete(old);
    const puts = this.#puts;
    setTimeout(() => {
      if (deck !== this.#deck || puts !== this.#puts) return; // undone already: its board is here again
      if (this.pool.peek() === 2 && winners.length) this.#put(null, 'done');
      else void this.#turn(deck);
    }, winners.length ? SEEN_MS : 0);
  }

  /** The next board. @param {Deck} deck */
  async #turn(deck) {
    const ready = deck.take(), puts = this.#puts;
    if (ready) {
      this.#put(ready, 'ready');
      return;
    }
    try {
      if (this.outbox.waiting.peek()) {
        const stop = effect(() => { if (this.outbox.stuck.value && deck === this.#deck && puts === this.#puts) untracked(() => this.#hold()); });
        await this.outbox.settled();
        stop();
      }
      if (deck !== this.#deck || puts !== this.#puts) return;
      const board = await deck.next();
      if (deck !== this.#deck) return;
      if (puts === this.#puts) this.#put(board, board ? 'ready' : 'empty');
      else if (board) deck.keepFor(board, this.board.peek());
    } catch (error) {
      if (isAbort(error) || deck !== this.#deck || puts !== this.#puts) return;
      batch(() => {
        this.failure.value = sentenceOf(error);
        this.#put(null, 'failed');
      });
    }
  }

  /** @param {Board | null} board @param {Phase} phase */
  #put(board, phase) {
    this.#turning = false;
    this.#puts++;
    this.#screen(board, phase);
  }

  /** The board is chosen from, and the next one cannot come before the connection does. */
  #hold() {
    this.#screen(null, 'waiting');
  }

  /** @param {Board | null} board @param {Phase} phase */
  #screen(board, phase) {
    batch(() => {
      this.board.value = board;
      this.phase.value = phase;
      this.ranked.value = [];
      this.focus.value = -1;
      this.zoomed.value = false;
    });
  }

  /** Take the newest choice back and show its board again. */
  async undo() {
    if (this.#undoing) return;
    this.#undoing = true;
    try {
      if (this.outbox.stuck.peek()) {
        this.#undoUnsent();
        return;
      }
      await this.outbox.settled();
      this.#bringBack(await takeBack());
    } catch (error) {
      showToast(sentenceOf(error));
    } finally {
      this.#undoing = false;
    }
  }

  /** Without a connection only a choice that never left can be taken back. */
  #undoUnsent() {
    const letter = this.outbox.withdraw();
    showToast(letter ? 'Taken back. It had not been sent yet.' : 'This choice isn’t saved yet. It can be undone when the server answers again.');
    const board = letter ? this.#chosen.get(letter.key) : undefined;
    if (board) this.#showAgain(board);
  }

  /** Do what was undone again. */
  async redo() {
    if (this.outbox.stuck.peek()) {
      showToast('It can be chosen again when the server answers again.');
      return;
    }
    try {
      await this.outbox.settled();
      await doAgain();
      this.#settled();
      showToast('Chosen again.', { kind: 'done' });
      if (this.#deck) await this.#turn(this.#deck);
    } catch (error) {
      showToast(sentenceOf(error));
    }
  }

  /** @param {TakenBack} taken */
  #bringBack(taken) {
    this.#settled();
    const board = { id: `choice-${taken.action_id}`, images: taken.images };
    const what = taken.winner_id === null ? 'The skip is undone.' : 'The choice is undone.';
    showToast(what, { kind: 'done', action: { label: 'Redo', run: () => void this.redo() } });
    if (taken.mode === this.mode && board.images.length >= 2) this.#showAgain(board);
  }

  /** The board on screen comes after it, unless that was chosen from. @param {Board} board */
  #showAgain(board) {
    const now = this.board.peek();
    if (now && !this.#turning) this.#deck?.putBack(now);
    this.#deck?.show(board);
    this.#put(board, 'ready');
  }

  #settled() {
    this.stored.value = this.stored.peek() + 1;
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#readProgress(false), SETTLE_MS);
  }

  /** @param {boolean} quiet the look-alikes of an earlier visit are no news */
  async #readProgress(quiet) {
    const scope = this.scope.peek();
    try {
      const [progress, moved] = await Promise.all([readProgress(scope), quiet ? 0 : readMoved()]);
      if (scope !== this.scope.peek()) return;
      batch(() => {
        this.progress.value = progress;
        this.moved.value = moved;
      });
    } catch {
      // The footer keeps what it knew; that the server is away is said elsewhere.
    }
  }

  #reconnected() {
    this.outbox.wake();
    if (this.phase.peek() === 'failed') void this.shuffle();
  }

  close() {
    clearTimeout(this.#settling);
    this.#stop();
    this.#deck?.close();
    this.outbox.close();
  }
}

/**
 * Its pictures are decoded, or it has waited long enough: those that are late come into their places.
 * @param {Board} board @param {Mode} mode @returns {Promise<number[]>} photos that have no picture
 */
async function prepare(board, mode) {
  const pictures = board.images.map((card) => pictureOf(card, mode === 'mosaic' ? 'sm' : 'md'));
  await Promise.race([Promise.all(pictures.map((picture) => picture.decoded)), new Promise((done) => setTimeout(done, LONGEST_WAIT_MS))]);
  return board.images.filter((_, index) => pictures[index].failedAt > 0).map((card) => card.id);
}

function shelf() {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
