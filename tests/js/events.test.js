/** News that came before the page heard any: what was read earlier is read again, and nothing twice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFeed } from './feeds.js';

/** @type {Record<string, (event: {data: string}) => void>} */
const listeners = {};
/** @type {string[]} */
const asked = [];
/** @type {Record<string, () => Response>} */
const answers = {};

class Source {
  /** @param {string} name @param {(event: any) => void} listener */
  addEventListener(name, listener) { listeners[name] = listener; }
}
class Channel {
  addEventListener() {}
  postMessage() {}
}
Object.assign(globalThis, { window: globalThis, EventSource: Source, BroadcastChannel: Channel, HTMLLinkElement: class {} });
Object.defineProperty(globalThis, 'navigator', { value: { locks: { request: (/** @type {string} */ _name, /** @type {() => void} */ held) => held() } }, configurable: true });
globalThis.fetch = async (/** @type {unknown} */ path) => {
  asked.push(String(path));
  return answers[String(path).split('?')[0]]();
};

const { onServer, startEvents } = await import('pa/core/events.js');
const { loadAlbums, followAlbums } = await import('pa/features/albums/state.js');
const { catchUp, followMarks } = await import('pa/grid/marks.js');
const { bits } = await import('pa/grid/feed.js');
const { loadView } = await import('pa/grid/view.js');

Object.defineProperty(globalThis, 'document', { value: { hidden: false, querySelector: () => null }, configurable: true });

/** @param {string} name @param {object} data */
const say = (name, data) => listeners[name]({ data: JSON.stringify(data) });
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
const times = (/** @type {string} */ path) => asked.filter((one) => one.startsWith(path)).length;

/** A feed of one photo. @param {number} flag @param {number} revision */
const feed = (flag, revision) => new Response(encodeFeed({ photos: [{ id: 7, bits: flag }] }), { headers: { 'X-View-Revision': String(revision) } });

startEvents();

test('who asks later is greeted as the server would greet by now', () => {
  say('hello', { version: '1', revision: 3, marks: 2, catalog: 1 });
  say('marks', { revision: 4, count: 1, ids: [7] });
  say('catalog', { total: 5, revision: 6 });
  say('settings', { keys: [] });
  /** @type {object[]} */
  const heard = [];
  onServer('hello', (data) => heard.push(data))();
  assert.deepEqual(heard, [{ version: '1', revision: 6, marks: 4, catalog: 6 }]);
});

/** What changed since a revision. @param {number} revision @param {number} b bits of photo 7 */
const changes = (revision, b) => Response.json({ revision, ids: [7, 8], bits: [b, 0] });

test('a mark made between the photo list and the first news is asked for when the server greets, once, and not all others', async () => {
  answers['/api/library/feed'] = () => feed(0, 10);
  const view = await loadView('');
  const stops = [followMarks(() => view), followMarks(() => view)]; // the grid under the loupe follows too
  answers['/api/library/marks'] = () => changes(12, 2);
  answers['/api/library/cards'] = () => Response.json({ images: [] });
  say('hello', { version: '1', revision: 12, marks: 10, catalog: 12 });
  await settled();
  assert.equal(times('/api/library/marks'), 0, 'no mark has changed since');
  say('hello', { version: '1', revision: 12, marks: 11, catalog: 12 });
  await settled();
  assert.deepEqual(asked.filter((path) => path.startsWith('/api/library/marks')), ['/api/library/marks?since=10']);
  assert.equal(bits.flag(view.feed.bits[0]), 2);
  catchUp(view);
  say('hello', { version: '1', revision: 12, marks: 11, catalog: 12 });
  await settled();
  assert.equal(times('/api/library/marks'), 1);
  say('marks', { revision: 13, count: 5000, ids: [] });
  await settled();
  assert.equal(asked.at(-1), '/api/library/cards?ids=7,8', 'news of many photos are asked for in the same way');
  assert.equal(times('/api/library/marks?since=11'), 1);
  assert.equal(times('/api/library/feed'), 1, 'the photo list came once');
  for (const stop of stops) stop();
});

test('what could not be asked for is asked for with the next greeting, all of it where the server cannot name it', async () => {
  answers['/api/library/feed'] = () => feed(0, 20);
  const view = await loadView('flag=picked'), stop = followMarks(() => view);
  answers['/api/library/marks'] = () => { throw new TypeError('away'); };
  say('hello', { version: '1', revision: 30, marks: 30, catalog: 1 });
  await settled();
  answers['/api/library/feed'] = () => feed(1, 30);
  say('hello', { version: '1', revision: 30, marks: 30, catalog: 1 });
  await settled();
  assert.equal(bits.flag(view.feed.bits[0]), 1);
  answers['/api/library/marks'] = () => Response.json({ revision: 31, ids: null, bits: [] });
  answers['/api/library/feed'] = () => feed(2, 31);
  say('hello', { version: '1', revision: 31, marks: 31, catalog: 1 });
  await settled();
  assert.equal(bits.flag(view.feed.bits[0]), 2);
  stop();
});

test('after a lost connection whoever has no revision of its own hears of what it missed', () => {
  /** @type {string[]} */
  const heard = [];
  const stops = ['sources', 'settings', 'history', 'people'].map((name) => onServer(/** @type {any} */ (name), () => heard.push(name)));
  const hello = { version: '1', revision: 31, marks: 31, catalog: 1, sources: 1, settings: 1, history: 1, people: 1 };
  say('hello', hello);
  heard.length = 0;
  say('hello', { ...hello, revision: 32, history: 2, people: 4 });
  assert.deepEqual(heard, ['history', 'people']);
  for (const stop of stops) stop();
});

test('albums are asked for once at the start, and again where something changed meanwhile', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const rest = async () => { for (let n = 0; n < 20; n++) await Promise.resolve(); await new Promise((resolve) => setImmediate(resolve)); };
  let revision = 40;
  answers['/api/albums'] = () => Response.json({ albums: [], revision });
  followAlbums();
  say('hello', { version: '1', revision: 40, marks: 39, catalog: 38 });
  await rest();
  t.mock.timers.tick(2000);
  await rest();
  assert.equal(times('/api/albums'), 1);
  say('hello', { version: '1', revision: 41, marks: 41, catalog: 38 });
  revision = 41;
  t.mock.timers.tick(2000);
  await rest();
  assert.equal(times('/api/albums'), 2);
  revision = 42;
  const asking = loadAlbums(true);
  say('hello', { version: '1', revision: 43, marks: 43, catalog: 38 });
  await asking;
  revision = 43;
  t.mock.timers.tick(2000);
  await rest();
  assert.equal(times('/api/albums'), 4, 'a change while they were on their way');
});
