/**
 * Choices on their way to the server: sent in order, each stored exactly once however often it must be sent.
 *
 * A choice is kept in the browser's storage until the server has confirmed it, so it survives a lost connection and a
 * reload. Its key lets the server recognise one it already has. A choice the server refuses is given up with a sentence.
 */
import { ApiError, sentenceOf } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';

/** @typedef {{key: string, at: number, path: string, body: Record<string, unknown>}} Letter what to send; the body carries the key */
/** @typedef {{letter: Letter, tried: boolean, found: boolean, resolve: (answer: any) => void, reject: (error: unknown) => void, answer: Promise<any>}} Entry found: on the shelf, from an earlier page or another window */
/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>} Shelf */

const PREFIX = 'photoarchive.choice.';
const FIRST_RETRY_MS = 1000, LONGEST_RETRY_MS = 15_000;

export class Outbox {
  /** Choices the server has not confirmed. */
  waiting = signal(0);
  /** True from a failed attempt until one succeeds. */
  stuck = signal(false);
  /** @type {Entry[]} */
  #entries = [];
  #send;
  #refused;
  #shelf;
  #running = false;
  #delay = FIRST_RETRY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {{send: (path: string, body: Record<string, unknown>) => Promise<any>, refused: (sentence: string) => void, shelf: Shelf | null}} parts
   *   shelf: where choices are kept over a reload; null where storage is blocked
   */
  constructor({ send, refused, shelf }) {
    this.#send = send;
    this.#refused = refused;
    this.#shelf = shelf;
    for (const letter of storedLetters(shelf)) this.#enter(letter, true);
    this.#count();
  }

  /** Store a choice and send it as soon as it can be. The promise fails only when the server refuses it. @param {Letter} letter @returns {Promise<any>} */
  add(letter) {
    store(this.#shelf, letter);
    const entry = this.#enter(letter, false);
    this.#count();
    void this.#run();
    return entry.answer;
  }

  /** Try now: the connection is back. */
  wake() {
    clearTimeout(this.#timer);
    this.#delay = FIRST_RETRY_MS;
    void this.#run();
  }

  /** Resolves when everything is confirmed or refused; at once when it is. @returns {Promise<unknown>} */
  settled() {
    return Promise.allSettled(this.#entries.map((entry) => entry.answer));
  }

  /** Take the newest choice back, if it has never left this window. @returns {Letter | null} */
  withdraw() {
    const entry = this.#entries.at(-1);
    if (!entry || entry.tried) return null;
    this.#forget(entry);
    entry.reject(new DOMException('Taken back before it was sent.', 'AbortError'));
    return entry.letter;
  }

  close() {
    clearTimeout(this.#timer);
  }

  /** @param {Letter} letter @param {boolean} tried @returns {Entry} */
  #enter(letter, tried) {
    const entry = /** @type {Entry} */ ({ letter, tried, found: tried });
    entry.answer = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
    entry.answer.catch(() => {}); // whoever cares has a handler of their own
    this.#entries.push(entry);
    return entry;
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let entry = this.#entries[0]; entry; entry = this.#entries[0]) if (!(await this.#deliver(entry))) break;
    } finally {
      this.#running = false;
    }
  }

  /** @param {Entry} entry @returns {Promise<boolean>} false: try again later */
  async #deliver(entry) {
    entry.tried = true;
    const elsewhere = entry.found && this.#shelf?.getItem(PREFIX + entry.letter.key) === null; // the window that made it has sent it or taken it back
    try {
      const answer = elsewhere ? null : await this.#send(entry.letter.path, entry.letter.body);
      this.#forget(entry);
      entry.resolve(answer);
    } catch (error) {
      if (isPassing(error)) {
        this.#later();
        return false;
      }
      this.#forget(entry);
      entry.reject(error);
      this.#refused(sentenceOf(error));
    }
    this.stuck.value = false;
    this.#delay = FIRST_RETRY_MS;
    return true;
  }

  #later() {
    this.stuck.value = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), this.#delay);
    this.#delay = Math.min(LONGEST_RETRY_MS, this.#delay * 2);
  }

  /** @param {Entry} entry */
  #forget(entry) {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#shelf?.removeItem(PREFIX + entry.letter.key);
    this.#count();
  }

  #count() {
    this.waiting.value = this.#entries.length;
  }
}

/** A name for one choice that no other has. */
export function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** No answer, or the server is busy, starting or broken for now: the same choice may work later. @param {unknown} error */
function isPassing(error) {
  return error instanceof ApiError ? error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500 : error instanceof TypeError || error instanceof SyntaxError;
}

/** @param {Shelf | null} shelf @param {Letter} letter */
function store(shelf, letter) {
  try {
    shelf?.setItem(PREFIX + letter.key, JSON.stringify(letter));
  } catch {
    // Storage is full or blocked: the choice lasts as long as this page.
  }
}

/** Oldest first. @param {Shelf | null} shelf @returns {Letter[]} */
function storedLetters(shelf) {
  /** @type {Letter[]} */
  const letters = [];
  for (let n = 0; n < (shelf?.length ?? 0); n++) {
    const name = shelf?.key(n);
    const letter = name?.startsWith(PREFIX) ? parse(shelf?.getItem(name) ?? '') : null;
    if (letter) letters.push(letter);
  }
  return letters.sort((a, b) => a.at - b.at);
}

/** @param {string} text @returns {Letter | null} */
function parse(text) {
  try {
    const letter = JSON.parse(text);
    return typeof letter?.key === 'string' && typeof letter.path === 'string' && letter.body ? letter : null;
  } catch {
    return null; // not written by us
  }
}
