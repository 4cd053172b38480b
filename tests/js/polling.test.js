/** A page without an event stream: it asks for numbers now and then, and for what changed only when one of them rose. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

/** @type {string[]} */
const asked = [];
let news = { version: '1', revision: 5, marks: 5, catalog: 5, sources: 1, settings: 1, history: 1, people: 1 };
Object.assign(globalThis, { window: globalThis });
Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
Object.defineProperty(globalThis, 'document', { value: { hidden: false }, configurable: true });
globalThis.fetch = async (/** @type {unknown} */ path) => {
  asked.push(String(path));
  return Response.json(path === '/api/news' ? news : {});
};

const { connection, onServer, startEvents } = await import('pa/core/events.js');

test('a poll is three small questions, and greets anew only when something changed that pages show', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const answered = () => new Promise((resolve) => setImmediate(resolve));
  const polled = async () => {
    t.mock.timers.tick(2000);
    await answered();
  };
  /** @type {unknown[]} */
  const heard = [];
  onServer('hello', ({ marks }) => heard.push(marks));
  onServer('history', () => heard.push('history'));
  onServer('people', () => heard.push('people'));
  startEvents();
  await answered();
  assert.deepEqual(asked.sort(), ['/api/news', '/api/scan/status', '/api/work']);
  assert.deepEqual(heard, [5]);
  assert.equal(connection.value, 'live');
  news = { ...news, revision: 9 };
  await polled();
  assert.deepEqual(heard, [5], 'work raised the revision of the catalog, and nothing else');
  news = { ...news, revision: 10, marks: 10, history: 2 };
  await polled();
  assert.deepEqual(heard, [5, 10, 'history']);
  await polled();
  assert.deepEqual(heard, [5, 10, 'history']);
});
