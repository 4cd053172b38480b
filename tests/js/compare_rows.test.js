import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CROP, GAP, mosaicRows, neighbour, tileAspect } from '../../src/photoarchive/web/static/js/features/compare/rows.js';
import { pairLayout, placeAt } from '../../src/photoarchive/web/static/js/features/compare/pair-layout.js';
import { randomFrom } from './feeds.js';

const SHAPES = [1.5, 1.5, 1.5, 1.333, 0.667, 0.75, 1, 1.778, 2.4, 0.5625];
const WINDOWS = [[1560, 820], [990, 620], [370, 590], [304, 380], [2500, 1300], [800, 300], [500, 900]];

/** Boards of all sizes in windows of all shapes. @param {(aspects: number[], width: number, height: number, name: string) => void} check */
function everyBoard(check) {
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomFrom(seed), count = 2 + Math.floor(random() * 15);
    const aspects = Array.from({ length: count }, () => SHAPES[Math.floor(random() * SHAPES.length)]);
    for (const [width, height] of WINDOWS) check(aspects, width, height, `seed ${seed}, ${count} photos in ${width} × ${height}`);
  }
}

test('every photo has a place, in its order, inside the window', () => {
  everyBoard((aspects, width, height, name) => {
    const { boxes, rows } = mosaicRows(aspects, width, height);
    assert.equal(boxes.length, aspects.length, name);
    assert.equal(rows.reduce((sum, count) => sum + count, 0), aspects.length, name);
    for (const box of boxes) {
      assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height, `${name}: ${JSON.stringify(box)}`);
      assert.ok(box.width >= 8 && box.height >= 8, `${name}: ${JSON.stringify(box)}`);
    }
  });
});

test('every row fills the same width and the rows fill the window in one direction', () => {
  everyBoard((aspects, width, height, name) => {
    const { boxes, rows } = mosaicRows(aspects, width, height);
    const edges = rowsOf(boxes, rows).map((row) => [row[0].x, row[row.length - 1].x + row[row.length - 1].width]);
    for (const [left, right] of edges) {
      assert.ok(Math.abs(left - edges[0][0]) <= 1 && Math.abs(right - edges[0][1]) <= 1, name);
      assert.ok(Math.abs(left - (width - right)) <= 2, `${name}: not in the middle`);
    }
    const fillsWidth = edges[0][1] - edges[0][0] >= width - 2, last = boxes[boxes.length - 1];
    assert.ok(fillsWidth || last.y + last.height - boxes[0].y >= height - rows.length - 1, name);
  });
});

test('photos of a row are equally high, touch only by the gap, and rows do not overlap', () => {
  everyBoard((aspects, width, height, name) => {
    const { boxes, rows } = mosaicRows(aspects, width, height), grouped = rowsOf(boxes, rows);
    for (const [at, row] of grouped.entries()) {
      for (const [n, box] of row.entries()) {
        assert.deepEqual([box.y, box.height], [row[0].y, row[0].height], name);
        if (n) assert.ok(Math.abs(box.x - row[n - 1].x - row[n - 1].width - GAP) <= 1, name);
      }
      if (at) assert.ok(row[0].y - grouped[at - 1][0].y - grouped[at - 1][0].height >= GAP - 1, name);
    }
  });
});

test('no photo is cropped by more than the limit', () => {
  everyBoard((aspects, width, height, name) => {
    for (const [n, box] of mosaicRows(aspects, width, height).boxes.entries()) {
      const wanted = tileAspect(aspects[n]), pixel = 1.5 / Math.min(box.width, box.height);
      const kept = Math.min(box.width / box.height / wanted, wanted / (box.width / box.height));
      assert.ok(kept >= 1 - CROP - pixel - 0.001, `${name}: ${kept}`);
    }
  });
});

test('rows are balanced: twelve equal photos make rows of equal number', () => {
  for (const [width, height] of WINDOWS) {
    const { rows } = mosaicRows(Array.from({ length: 12 }, () => 1.5), width, height);
    assert.ok(Math.max(...rows) - Math.min(...rows) <= 1, `${width} × ${height}: ${rows}`);
  }
});

test('a window of the usual shape is mostly covered by twelve photos', () => {
  const { boxes, rows } = mosaicRows([0.667, 1.5, 1.5, 1.5, 1.5, 0.75, 1.5, 2, 0.667, 1.5, 1.5, 0.75], 1560, 820);
  assert.ok(boxes.reduce((sum, box) => sum + box.width * box.height, 0) > 0.85 * 1560 * 820, JSON.stringify(rows));
});

test('nothing breaks without photos, without room, or with shapes nobody knows', () => {
  assert.deepEqual(mosaicRows([], 800, 600).boxes, []);
  assert.deepEqual(mosaicRows([1.5], 0, 600).boxes, []);
  assert.equal(mosaicRows([Number.NaN, 0, Infinity, 40, 0.01, 1.5], 800, 600).boxes.length, 6);
});

test('arrows reach every photo and never leave the board', () => {
  everyBoard((aspects, width, height, name) => {
    const mosaic = mosaicRows(aspects, width, height), seen = new Set([0]), queue = [0];
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const move of /** @type {const} */ (['left', 'right', 'up', 'down'])) {
        const next = neighbour(mosaic, at, move);
        assert.ok(next >= 0 && next < aspects.length, name);
        if (!seen.has(next)) queue.push(next);
        seen.add(next);
      }
    }
    assert.equal(seen.size, aspects.length, name);
  });
});

test('down leads to the photo below, not to the next in the row', () => {
  const mosaic = mosaicRows(Array.from({ length: 12 }, () => 1.5), 1560, 820), [first] = mosaic.rows;
  assert.equal(neighbour(mosaic, 1, 'down'), first + 1);
  assert.equal(neighbour(mosaic, first + 1, 'up'), 1);
  assert.equal(neighbour(mosaic, 0, 'up'), 0);
});

test('two photos side by side have the same area and fit their halves', () => {
  for (const [width, height] of WINDOWS) {
    for (const aspects of [[1.5, 1.5], [1.5, 0.667], [0.75, 1.778], [1, 1.333]]) {
      const { stacked, sizes } = pairLayout(aspects, width, height), [a, b] = sizes.map((size) => size.width * size.height);
      const half = stacked ? [width, (height - GAP) / 2] : [(width - GAP) / 2, height];
      assert.ok(Math.abs(a / b - 1) < 0.03, `${aspects} in ${width} × ${height}: ${a} and ${b}`);
      for (const [n, size] of sizes.entries()) {
        assert.ok(size.width <= half[0] + 1 && size.height <= half[1] + 1, JSON.stringify(sizes));
        assert.ok(Math.abs(size.width / size.height / aspects[n] - 1) < 0.03, JSON.stringify(sizes));
      }
    }
  }
});

test('two landscape photos lie one above the other on a phone, side by side on a desk', () => {
  assert.equal(pairLayout([1.5, 1.5], 370, 590).stacked, true);
  assert.equal(pairLayout([1.5, 1.5], 1560, 820).stacked, false);
});

test('at 1:1 the asked point is in the middle, never with a gap at an edge', () => {
  const photo = { width: 6000, height: 400 }, pane = { width: 700, height: 800 };
  assert.deepEqual(placeAt(photo, pane, { x: 0.5, y: 0.5 }), { x: 350 - 3000, y: 200 });
  assert.deepEqual(placeAt(photo, pane, { x: 0, y: 0 }), { x: 0, y: 200 });
  assert.equal(placeAt(photo, pane, { x: 1, y: 1 }).x, 700 - 6000);
});

/** @param {import('../../src/photoarchive/web/static/js/features/compare/rows.js').Box[]} boxes @param {number[]} rows */
function rowsOf(boxes, rows) {
  let first = 0;
  return rows.map((count) => boxes.slice(first, first += count));
}
