import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASPECTS, UNDATED, bits, cssColour, decodeFeed } from '../../src/photoarchive/web/static/js/grid/feed.js';
import { encodeFeed } from './feeds.js';

test('a feed comes back as it was written', () => {
  const feed = decodeFeed(encodeFeed({
    meta: { token: 'v7', total: 12, sort: 'date_taken', sections: 'day' },
    sections: [[19583, 2], [19582, 1], [UNDATED, 2]],
    photos: [
      { id: 7, colour: 0xf800, bits: 1, aspect: 147 },
      { id: 3, bits: 0b110 << 6 },
      { id: 900_000 },
      { id: 1 },
      { id: 2 },
    ],
  }));
  assert.equal(feed.count, 5);
  assert.equal(feed.meta.token, 'v7');
  assert.deepEqual([...feed.ids], [7, 3, 900_000, 1, 2]);
  assert.deepEqual([...feed.sectionFirst], [0, 2, 3, 5]);
  assert.deepEqual([...feed.sectionKeys], [19583, 19582, UNDATED]);
  assert.equal(feed.colours[0], 0xf800);
  assert.equal(feed.aspects[0], 147);
  assert.equal(feed.indexOf(900_000), 2);
  assert.equal(feed.indexOf(5), -1);
  assert.deepEqual([0, 1, 2, 3, 4].map((i) => feed.sectionOf(i)), [0, 0, 1, 2, 2]);
});

test('a meta block of any length keeps the columns aligned', () => {
  for (const token of ['', 'a', 'ab', 'abc', 'abcd', 'ü']) {
    const feed = decodeFeed(encodeFeed({ meta: { token, total: 1, sort: 'elo', sections: 'none' }, photos: [{ id: 9 }] }));
    assert.equal(feed.meta.token, token);
    assert.deepEqual([...feed.ids], [9]);
  }
});

test('a view without sections is one section', () => {
  const feed = decodeFeed(encodeFeed({ sections: [], photos: [{ id: 1 }, { id: 2 }] }));
  assert.deepEqual([...feed.sectionFirst], [0, 2]);
  const empty = decodeFeed(encodeFeed({ sections: [], photos: [] }));
  assert.equal(empty.count, 0);
  assert.equal(empty.sections, 0);
});

test('a damaged feed is refused with a sentence', () => {
  const whole = encodeFeed({ photos: [{ id: 1 }, { id: 2 }] });
  assert.throws(() => decodeFeed(new ArrayBuffer(3)), /too short/);
  assert.throws(() => decodeFeed(whole.slice(0, whole.byteLength - 5)), /ends early/);
  const foreign = whole.slice(0);
  new Uint8Array(foreign)[0] = 88;
  assert.throws(() => decodeFeed(foreign), /unknown format/);
  assert.throws(() => decodeFeed(encodeFeed({ sections: [[0, 5]], photos: [{ id: 1 }] })), /hold 5 photos, not 1/);
});

test('bits say what the server packed', () => {
  const b = 1 | (4 << 2) | (1 << 5) | (2 << 6) | (1 << 8) | (1 << 11) | (5 << 12) | (1 << 15);
  assert.equal(bits.flag(b), 1);
  assert.equal(bits.stars(b), 4);
  assert.equal(bits.suggested(b), true);
  assert.equal(bits.kind(b), 2);
  assert.equal(bits.pair(b), true);
  assert.equal(bits.offline(b), false);
  assert.equal(bits.missing(b), false);
  assert.equal(bits.unreadable(b), true);
  assert.equal(bits.label(b), 5);
  assert.equal(bits.live(b), true);
  assert.equal(bits.stars(7 << 2), null);
});

test('writing one mark leaves the others as they are', () => {
  const all = 0xffff;
  for (const flag of /** @type {const} */ ([0, 1, 2])) assert.equal(bits.withFlag(all, flag) & ~3, all & ~3);
  for (const stars of [0, 1, 5]) {
    const b = bits.withStars(all, stars);
    assert.equal(bits.stars(b), stars);
    assert.equal(bits.suggested(b), false, 'stars a person gives are no suggestion');
    assert.equal(b & ~(15 << 2), all & ~(15 << 2));
  }
  assert.equal(bits.stars(bits.withStars(0, null)), null);
  assert.equal(bits.label(bits.withLabel(all, 3)), 3);
  assert.equal(bits.withLabel(all, 3) & ~(7 << 12), all & ~(7 << 12));
});

test('colours and aspect bytes', () => {
  assert.equal(cssColour(0xffff), 'rgb(255 255 255)');
  assert.equal(cssColour(0), 'rgb(0 0 0)');
  assert.equal(ASPECTS[128], 1);
  assert.ok(Math.abs(ASPECTS[147] / 1.5 - 1) < 0.011);
});
