import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cards } from '../../src/photoarchive/web/static/js/grid/cards.js';

/** A server whose answers are given by hand, in any order. @returns {((flag: string) => void)[]} */
function slowServer() {
  /** @type {((flag: string) => void)[]} */
  const waiting = [];
  globalThis.fetch = (path) => new Promise((resolve) => {
    const ids = String(new URL(String(path), 'http://here').searchParams.get('ids')).split(',').map(Number);
    waiting.push((/** @type {string} */ flag) => resolve(new Response(JSON.stringify({ images: ids.map((id) => ({ id, flag })) }))));
  });
  return waiting;
}

test('a card asked for again is the one that was asked for last, whichever answer comes first', async () => {
  const waiting = slowServer(), cards = new Cards();
  const first = cards.have([1]), second = cards.refresh([1]);
  waiting[1]('picked');
  await second;
  waiting[0]('unflagged');
  await first;
  assert.equal(cards.get(1)?.flag, 'picked');
});

test('a refresh does not take the answer to a question that was asked before', async () => {
  const waiting = slowServer(), cards = new Cards();
  const first = cards.have([1]), second = cards.refresh([1]);
  waiting[0]('unflagged');
  waiting[1]('picked');
  await Promise.all([first, second]);
  assert.equal(cards.get(1)?.flag, 'picked');
});

test('what is on its way when everything is forgotten is asked for again', async () => {
  const waiting = slowServer(), cards = new Cards();
  const asked = cards.have([1]);
  cards.clear();
  waiting[0]('unflagged');
  while (waiting.length < 2) await new Promise((resolve) => setTimeout(resolve));
  waiting[1]('picked');
  await asked;
  assert.equal(cards.get(1)?.flag, 'picked');
});

test('photos that the server does not know are asked for once', async () => {
  const waiting = slowServer(), cards = new Cards();
  globalThis.fetch = () => { waiting.push(() => {}); return Promise.resolve(new Response('{"images": []}')); };
  await cards.have([7]);
  assert.equal(waiting.length, 1);
});
