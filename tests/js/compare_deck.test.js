import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deck } from '../../src/photoarchive/web/static/js/features/compare/deck.js';
import { compareAddress, scopeLabel, scopeOf, tabOf } from '../../src/photoarchive/web/static/js/features/compare/scope.js';

/** A dealer with `pool` photos that never deals an excluded one. @param {number} pool @param {number} size @param {(id: number) => boolean} [unseen] photos without a picture */
function dealer(pool, size, unseen = () => false) {
  /** @type {number[][]} */
  const asked = [];
  let next = 0;
  const deck = new Deck({
    size, wanted: 2, prepare: async (board) => idsOf(board).filter(unseen), dealt: () => {},
    deal: async (exclude) => {
      asked.push(exclude);
      const all = Array.from({ length: pool }, (_, n) => (n + next) % pool + 1).filter((id) => !exclude.includes(id));
      next += size;
      const images = all.slice(0, size).map((id) => /** @type {any} */ ({ id }));
      return { boards: images.length ? [images] : [], pool, stats: null };
    },
  });
  return { deck, asked };
}

/** @param {import('../../src/photoarchive/web/static/js/features/compare/deck.js').Board | null} board */
const idsOf = (board) => board?.images.map((card) => card.id) ?? [];
const settle = () => new Promise((resolve) => setTimeout(resolve, 2));

test('two boards lie ahead, and share no photo with each other or the one on screen', async () => {
  const { deck, asked } = dealer(100, 12), shown = await deck.next();
  await settle();
  assert.equal(asked.length, 3);
  const ahead = [deck.take(), deck.take()];
  const all = [shown, ...ahead].flatMap(idsOf);
  assert.equal(new Set(all).size, 36);
});

test('a small pool is dealt again only after the choice, so that the choice counts', async () => {
  const { deck, asked } = dealer(14, 12), shown = await deck.next();
  await settle();
  assert.equal(idsOf(shown).length, 12);
  assert.equal(deck.ready, false);
  assert.equal(asked.length, 1);
  assert.equal(idsOf(await deck.next()).length, 12);
});

test('a pool of two boards has one ahead', async () => {
  const { deck, asked } = dealer(24, 12);
  await deck.next();
  await settle();
  assert.equal(asked.length, 2);
  assert.equal(deck.ready, true);
});

test('a pool without two photos has no board', async () => {
  for (const pool of [0, 1]) {
    const { deck } = dealer(pool, 12);
    assert.equal(await deck.next(), null);
    assert.equal(deck.pool, pool);
  }
});

test('a photo without a picture is taken off its board and not dealt again', async () => {
  const { deck, asked } = dealer(100, 6, (id) => id % 5 === 0), shown = await deck.next();
  await settle();
  assert.deepEqual(idsOf(shown), [1, 2, 3, 4, 6]);
  assert.ok(asked.slice(1).every((exclude) => exclude.includes(5)));
  assert.ok([deck.take(), deck.take()].flatMap(idsOf).every((id) => id % 5));
});

test('a pair that lost one photo gives way to the next pair', async () => {
  const { deck } = dealer(20, 2, (id) => id === 2);
  assert.deepEqual(idsOf(await deck.next()), [3, 4]);
});

test('when no picture comes at all, the connection is at fault and the board stays', async () => {
  const { deck } = dealer(100, 6, () => true);
  assert.equal(idsOf(await deck.next()).length, 6);
});

test('an undone board comes back with what was on screen after it', async () => {
  const { deck } = dealer(100, 12), first = await deck.next();
  await settle();
  const second = deck.take();
  assert.ok(first && second);
  deck.putBack(second);
  deck.show(first);
  assert.deepEqual(idsOf(deck.take()), idsOf(second));
});

test('the address names the tab and the filters, nothing else', () => {
  const query = new URLSearchParams('tab=ab&flag=picked&sort=elo_desc&folder=%2FA%2FTrips&exclude=3&n=9');
  assert.equal(tabOf(query), 'ab');
  assert.equal(tabOf(new URLSearchParams('tab=%3Cscript%3E')), 'mosaic');
  assert.equal(scopeOf(query), 'flag=picked&folder=%2FA%2FTrips');
  assert.equal(compareAddress('results', scopeOf(query)), '/compare?flag=picked&folder=%2FA%2FTrips&tab=results');
  assert.equal(compareAddress('mosaic', ''), '/compare');
  assert.equal(scopeLabel(scopeOf(query)), 'Picked · Trips');
  assert.equal(scopeLabel('ids=4,8,15'), '3 chosen photos');
  assert.equal(scopeLabel(''), 'All photos');
});
