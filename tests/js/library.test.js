import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countPixels } from '../../src/photoarchive/web/static/js/grid/histogram.js';
import { DEFAULT_OPTIONS, layoutView, placeRow, rowOf } from '../../src/photoarchive/web/static/js/grid/layout.js';
import { dayMoved, moved, nearestInRow } from '../../src/photoarchive/web/static/js/grid/navigation.js';
import * as query from '../../src/photoarchive/web/static/js/grid/query.js';
import { cameraText, exposureText, locationsOf, rankText, shutterText, sizeText, takenText } from '../../src/photoarchive/web/static/js/grid/photo-details.js';
import { markClipped } from '../../src/photoarchive/web/static/js/features/loupe/clipping.js';
import { randomFrom } from './feeds.js';

/** @param {string} text */
const params = (text) => new URLSearchParams(text);

test('addresses that mean the same view have the same key', () => {
  assert.equal(query.viewKey(params('flag=picked&sort=elo')), 'flag=picked');
  assert.equal(query.viewKey(params('sort=rating')), '');
  assert.equal(query.viewKey(params('sort=newest')), 'sort=added_desc');
  assert.equal(query.viewKey(params('camera=B&flag=picked&camera=A')), query.viewKey(params('flag=picked&camera=B&camera=A')));
  assert.equal(query.viewKey(params('flag=&survey=1,2')), '');
});

test('a search is sorted by similarity unless another sort is asked for', () => {
  assert.equal(query.readSort(params('q=dog')), 'similarity_desc');
  assert.equal(query.readSort(params('q=dog&sort=date_taken')), 'date_taken_desc');
  assert.equal(query.readSort(params('sort=camera')), 'camera_asc');
  assert.equal(query.readSort(params('sort=nonsense')), query.DEFAULT_SORT);
});

test('values are added, taken away, and survive commas in names', () => {
  let now = query.withToggled(params('sort=elo_asc'), 'flag', 'picked');
  now = query.withToggled(now, 'flag', 'rejected');
  assert.deepEqual(query.valuesOf(now, 'flag'), ['picked', 'rejected']);
  now = query.withToggled(now, 'flag', 'picked');
  assert.deepEqual(query.valuesOf(now, 'flag'), ['rejected']);
  now = query.withToggled(query.withToggled(now, 'folder', '/a, b'), 'folder', '/c');
  assert.deepEqual(query.valuesOf(now, 'folder'), ['/a, b', '/c']);
  assert.equal(query.withToggled(now, 'flag', 'rejected').has('flag'), false);
  assert.equal(query.withoutFilters(now).toString(), 'sort=elo_asc');
});

test('clearing a search also leaves its sort', () => {
  assert.equal(query.withoutFilters(params('q=dog&sort=similarity_desc')).toString(), '');
});

test('a random order has a seed, another sort drops it', () => {
  const random = query.withSort(params(''), 'random_desc');
  assert.match(random.get('seed') ?? '', /^\d+$/);
  assert.equal(query.withSort(random, 'elo_desc').has('seed'), false);
});

test('every filter has a chip in words', () => {
  const chips = query.chipsOf(params('flag=picked,rejected&min_stars=3&stars=>=2,none&label=1&date_taken=undated&file_type=.arw&has=-gps&rating=top10%25&folder=/mnt/a/Trip&sort=elo_asc&seed=3&q=red dog'));
  assert.deepEqual(chips.map(({ label }) => label), [
    'Picked', 'Rejected', '3 stars or more', '2 stars or more (own)', 'No stars', 'Red label', 'No date', 'ARW', 'Without location', 'Best 10 %', 'Trip', '“red dog”',
  ]);
});

test('arrow keys go to the nearest photo of the next row and stay inside the view', () => {
  const random = randomFrom(8), aspects = Uint8Array.from({ length: 400 }, () => 105 + Math.floor(random() * 50));
  const view = { sections: /** @type {const} */ ('none'), aspects, sectionFirst: Uint32Array.of(0, 400), sectionKeys: Int32Array.of(-2147483648) };
  const layout = layoutView(view, { ...DEFAULT_OPTIONS, width: 1200 }), at = { goalX: 600, viewport: 800 };
  const lefts = new Int32Array(500), widths = new Int32Array(500);
  for (let index = 0; index < 400; index++) {
    const row = rowOf(layout, index), down = moved(layout, view, index, 'down', at), up = moved(layout, view, index, 'up', at);
    assert.equal(rowOf(layout, down), Math.min(layout.rows - 1, row + 1));
    assert.equal(rowOf(layout, up), Math.max(0, row - 1));
    for (const move of /** @type {const} */ (['left', 'right', 'home', 'end', 'page-up', 'page-down', 'previous-day', 'next-day'])) {
      const to = moved(layout, view, index, move, at);
      assert.ok(to >= 0 && to < 400);
    }
  }
  for (let row = 0; row < layout.rows; row++) {
    const found = nearestInRow(layout, view, row, 600) - layout.rowFirst[row];
    const count = placeRow(layout, view, row, lefts, widths), inside = Array.from({ length: count }, (_, n) => n).filter((n) => lefts[n] <= 600 && 600 <= lefts[n] + widths[n]);
    if (inside.length) assert.ok(inside.includes(found));
  }
});

test('days are walked where photos stand by day, and nowhere else', () => {
  const aspects = new Uint8Array(9).fill(128), view = { sections: /** @type {const} */ ('day'), aspects, sectionFirst: Uint32Array.of(0, 4, 6, 9), sectionKeys: Int32Array.of(30, 20, 10) };
  assert.deepEqual([0, 3, 4, 5, 8].map((index) => dayMoved(view, index, 1)), [4, 4, 6, 6, 8]);
  assert.deepEqual([0, 3, 4, 5, 8].map((index) => dayMoved(view, index, -1)), [0, 0, 0, 4, 6]);
  const alike = { ...view, sections: /** @type {const} */ ('alike'), sectionFirst: Uint32Array.of(0, 4, 9), sectionKeys: Int32Array.of(1, 0) };
  assert.deepEqual([dayMoved(alike, 1, 1), dayMoved(alike, 6, -1)], [4, 4]);
  const flat = { ...view, sections: /** @type {const} */ ('none'), sectionFirst: Uint32Array.of(0, 9), sectionKeys: Int32Array.of(0) };
  assert.deepEqual([dayMoved(flat, 3, 1), dayMoved(flat, 3, -1)], [3, 3]);
});

test('page down moves by about a screen and page up comes back', () => {
  const aspects = new Uint8Array(500).fill(147);
  const view = { sections: /** @type {const} */ ('none'), aspects, sectionFirst: Uint32Array.of(0, 500), sectionKeys: Int32Array.of(0) };
  const layout = layoutView(view, { ...DEFAULT_OPTIONS, width: 1200 }), at = { goalX: 100, viewport: 900 };
  const down = moved(layout, view, 0, 'page-down', at), gone = layout.rowTop[rowOf(layout, down)];
  assert.ok(gone > 500 && gone <= 900, `${gone}`);
  assert.equal(rowOf(layout, moved(layout, view, down, 'page-up', at)), 0);
});

test('details read as photographers write them', () => {
  assert.equal(shutterText(0.004), '1/250 s');
  assert.equal(shutterText(2.5), '2.5 s');
  assert.equal(exposureText({ shutter: 1 / 250, aperture: 5.6, iso: 200, focal: 23, focal35: 35 }), '1/250\u00a0s · f/5.6 · ISO\u00a0200 · 23\u00a0mm\u00a0(35\u00a0mm)');
  assert.equal(cameraText({ camera_make: 'Canon', camera_model: 'Canon EOS R5' }), 'Canon EOS R5');
  assert.equal(cameraText({ camera_make: 'SONY', camera_model: 'ILCE-7RM4' }), 'SONY ILCE-7RM4');
  assert.match(sizeText({ width: 9504, height: 6336, file_size: 61_000_000 }), /^9504\u00a0×\u00a06336 · 60\u00a0MP · \d+\u00a0MB$/);
  assert.equal(rankText({ comparisons: 0, elo: 1200 }), '');
  assert.equal(rankText({ comparisons: 4, elo: 1486.2, elo_interval: 22.4, rank: 37 }), '#37 · 1486 ± 22');
  assert.equal(takenText({ date_taken: '2023-08-14 21:04:33', taken_offset: 120 }), '14 Aug 2023, 21:04 +02:00');
  assert.equal(takenText({ date_taken: '2023-08-14 21:04:33', taken_offset: null, taken_origin: 'mtime' }), '14 Aug 2023, 21:04 (estimated)');
});

test('locations say which drive is away', () => {
  assert.deepEqual(locationsOf({ locations: [{ path: '/a/x.jpg', present: true, online: true }, { path: '/b/x.jpg', present: true, online: false }, { path: '/c/x.jpg', present: false, online: true }] }), [
    { path: '/a/x.jpg', note: '' }, { path: '/b/x.jpg', note: 'drive not connected' }, { path: '/c/x.jpg', note: 'missing' },
  ]);
  assert.deepEqual(locationsOf({ filepath: '/a/x.jpg', locations: [] }), [{ path: '/a/x.jpg', note: '' }]);
});

test('the histogram counts every pixel once and is not flattened by clipped ends', () => {
  const pixels = new Uint8ClampedArray(400);
  for (let i = 0; i < 100; i++) pixels.set(i < 60 ? [0, 0, 0, 255] : i < 70 ? [255, 255, 255, 255] : [120, 130, 140, 255], i * 4);
  const histogram = countPixels(pixels);
  for (const channel of /** @type {const} */ (['red', 'green', 'blue'])) assert.equal(histogram[channel].reduce((sum, n) => sum + n, 0), 100);
  assert.equal(histogram.top, 30);
  assert.equal(histogram.low, 0.6);
  assert.equal(histogram.high, 0.1);
});

test('the clipping overlay marks only pixels without detail', () => {
  const pixels = Uint8ClampedArray.from([0, 1, 2, 255, 255, 254, 253, 255, 0, 255, 0, 255, 90, 90, 90, 255]);
  markClipped(pixels);
  const alphas = [3, 7, 11, 15].map((i) => pixels[i] > 0);
  assert.deepEqual(alphas, [true, true, false, false]);
  assert.ok(pixels[2] > pixels[0], 'black is marked in blue');
  assert.ok(pixels[4] > pixels[6], 'white is marked in red');
});
