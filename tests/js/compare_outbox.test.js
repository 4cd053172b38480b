import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from 'pa/core/http.js';
import { Outbox, newKey } from '../../src/photoarchive/web/static/js/features/compare/outbox.js';

/** @typedef {import('../../src/photoarchive/web/static/js/features/compare/outbox.js').Letter} Letter */

/** Storage as browsers have it. */
class Shelf {
  /** @type {Map<string, string>} */
  #items = new Map();
  get length() { return this.#items.size; }
  key(/** @type {number} */ n) { return [...this.#items.keys()][n] ?? null; }
  getItem(/** @type {string} */ name) { return this.#items.get(name) ?? null; }
  setItem(/** @type {string} */ name, /** @type {string} */ value) { this.#items.set(name, value); }
  removeItem(/** @type {string} */ name) { this.#items.delete(name); }
}

/** A server that knows each key once, and can be away or lose its answer. */
class Server {
  away = false;
  losesAnswers = 0;
  /** @type {number[]} */
  stored = [];
  #keys = new Set();
  send = async (/** @type {string} */ _path, /** @type {any} */ body) => {
    if (this.away) throw new ApiError(0, 'No answer.');
    if (body.winner_id < 0) throw new ApiError(400, 'There is no such photo.');
    if (!this.#keys.has(body.key)) this.stored.push(body.winner_id);
    this.#keys.add(body.key);
    if (this.losesAnswers-- > 0) throw new ApiError(0, 'The answer was lost.');
    return { ok: true, action_id: this.stored.length };
  };
}

let clock = 0;

/** @param {number} winner @returns {Letter} */
function letter(winner) {
  const key = newKey();
  return { key, at: ++clock, path: '/api/mosaic/pick', body: { winner_id: winner, key } };
}

/** @param {Server} server @param {Shelf | null} shelf */
function openOutbox(server, shelf = new Shelf()) {
  /** @type {string[]} */
  const refusals = [];
  return { outbox: new Outbox({ send: server.send, refused: (sentence) => refusals.push(sentence), shelf }), refusals };
}

test('choices are sent in order and leave the storage when they are stored', async () => {
  const server = new Server(), shelf = new Shelf(), { outbox } = openOutbox(server, shelf);
  const answers = await Promise.all([outbox.add(letter(1)), outbox.add(letter(2)), outbox.add(letter(3))]);
  assert.deepEqual(server.stored, [1, 2, 3]);
  assert.deepEqual(answers.map((answer) => answer.action_id), [1, 2, 3]);
  assert.equal(shelf.length, 0);
  assert.equal(outbox.waiting.value, 0);
});

test('without a connection choices wait, and are sent once when it is back', async () => {
  const server = new Server(), shelf = new Shelf(), { outbox } = openOutbox(server, shelf);
  server.away = true;
  const answers = [outbox.add(letter(1)), outbox.add(letter(2))];
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(outbox.stuck.value, true);
  assert.equal(outbox.waiting.value, 2);
  assert.equal(shelf.length, 2);
  server.away = false;
  outbox.wake();
  await Promise.all(answers);
  assert.deepEqual(server.stored, [1, 2]);
  assert.equal(outbox.stuck.value, false);
});

test('a lost answer leads to a second sending, not to a second choice', async () => {
  const server = new Server(), { outbox } = openOutbox(server);
  server.losesAnswers = 1;
  const answer = outbox.add(letter(7));
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(outbox.waiting.value, 1);
  outbox.wake();
  await answer;
  assert.deepEqual(server.stored, [7]);
});

test('choices survive a reload', async () => {
  const server = new Server(), shelf = new Shelf();
  server.away = true;
  const before = openOutbox(server, shelf).outbox;
  before.add(letter(4)).catch(() => {});
  before.add(letter(5)).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 5));
  before.close();
  server.away = false;
  const after = openOutbox(server, shelf).outbox;
  assert.equal(after.waiting.value, 2);
  after.wake();
  await after.settled();
  assert.deepEqual(server.stored, [4, 5]);
  assert.equal(shelf.length, 0);
});

test('a refused choice is given up with its sentence and holds up nothing', async () => {
  const server = new Server(), { outbox, refusals } = openOutbox(server);
  await assert.rejects(outbox.add(letter(-1)), /no such photo/);
  await outbox.add(letter(2));
  assert.deepEqual(refusals, ['There is no such photo.']);
  assert.deepEqual(server.stored, [2]);
});

test('only a choice that never left can be taken back here', async () => {
  const server = new Server(), { outbox } = openOutbox(server);
  server.away = true;
  outbox.add(letter(1));
  const second = letter(2);
  outbox.add(second).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(outbox.withdraw()?.key, second.key);
  assert.equal(outbox.withdraw(), null, 'the first may have arrived');
  server.away = false;
  outbox.wake();
  await outbox.settled();
  assert.deepEqual(server.stored, [1]);
});

test('what others wrote into the storage is left alone', () => {
  const shelf = new Shelf();
  shelf.setItem('photoarchive.choice.bad', 'not json');
  shelf.setItem('photoarchive.rowHeight', '200');
  assert.equal(openOutbox(new Server(), shelf).outbox.waiting.value, 0);
  assert.equal(shelf.length, 2);
});

test('a choice another window has taken back or sent is not sent from here', async () => {
  const server = new Server(), shelf = new Shelf();
  server.away = true;
  const first = openOutbox(server, shelf).outbox;
  void first.add(letter(1));
  await new Promise((done) => setTimeout(done, 0));
  void first.add(letter(2));
  const second = openOutbox(server, shelf).outbox;
  assert.equal(second.waiting.value, 2);
  assert.equal(first.withdraw()?.body.winner_id, 2);
  server.away = false;
  second.wake();
  await second.settled();
  assert.deepEqual(server.stored, [1]);
  assert.equal(second.waiting.value, 0);
  assert.equal(second.stuck.value, false);
  first.wake();
  await first.settled();
  assert.deepEqual(server.stored, [1]);
  assert.equal(shelf.length, 0);
});
