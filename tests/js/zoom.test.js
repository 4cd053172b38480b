import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zoom from '../../src/photoarchive/web/static/js/features/loupe/zoom.js';
import { randomFrom } from './feeds.js';

const frame = { stageWidth: 1100, stageHeight: 800, width: 6000, height: 4000, pixelRatio: 1 };

/** @param {() => number} random */
const randomFrame = (random) => ({
  stageWidth: 300 + random() * 2000, stageHeight: 300 + random() * 1200,
  width: 50 + Math.floor(random() * 12_000), height: 50 + Math.floor(random() * 12_000), pixelRatio: [1, 1.25, 2, 3][Math.floor(random() * 4)],
});

/** @param {number} actual @param {number} expected @param {string} [message] */
const near = (actual, expected, message) => assert.ok(Math.abs(actual - expected) < 1e-6 * Math.max(1, Math.abs(expected)), message ?? `${actual} ≠ ${expected}`);

test('a fitted picture is whole, in the middle, and touches two edges', () => {
  const z = zoom.fitted(frame);
  near(z.scale, 1100 / 6000);
  near(z.x, 0);
  near(z.y, (800 - 4000 * z.scale) / 2);
  assert.ok(zoom.isFitted(frame, z));
  assert.equal(zoom.zoomName(frame, z), 'Fit');
});

test('a small picture is not blown up beyond twice its pixels', () => {
  const small = { ...frame, width: 160, height: 120 };
  near(zoom.fitScale(small), 2);
  near(zoom.fitScale({ ...small, pixelRatio: 2 }), 1);
});

test('1:1 means one picture pixel on one screen pixel', () => {
  near(zoom.stepScale(frame, 'one'), 1);
  near(zoom.stepScale({ ...frame, pixelRatio: 2 }, 'one'), 0.5);
  near(zoom.stepScale({ ...frame, pixelRatio: 2 }, 'two'), 1);
  assert.equal(zoom.zoomName({ ...frame, pixelRatio: 2 }, { scale: 0.5, x: 0, y: 0 }), '100 %');
});

test('the point under the pointer stays there while zooming', () => {
  const random = randomFrom(4);
  let checked = 0;
  for (let i = 0; i < 500; i++) {
    const f = randomFrame(random), px = random() * f.stageWidth, py = random() * f.stageHeight;
    const before = zoom.zoomAt(f, zoom.fitted(f), zoom.stepScale(f, 'two'), px, py);
    const after = zoom.zoomAt(f, before, before.scale * zoom.WHEEL_FACTOR, px, py);
    // At the edges settle() must win; where it does not, the point is the same.
    const at = (px - before.x) / before.scale, free = px - at * after.scale;
    if (Math.abs(free - after.x) < 1e-6) {
      near((px - after.x) / after.scale, at);
      checked++;
    }
  }
  assert.ok(checked > 100, 'the property was exercised');
});

test('no gap shows beside a picture larger than the stage, a smaller one is centred', () => {
  const random = randomFrom(9);
  for (let i = 0; i < 1000; i++) {
    const f = randomFrame(random), scale = zoom.fitScale(f) * (0.5 + random() * 12);
    const z = zoom.settle(f, { scale, x: (random() - 0.5) * 9000, y: (random() - 0.5) * 9000 });
    for (const [offset, size, room] of [[z.x, f.width * scale, f.stageWidth], [z.y, f.height * scale, f.stageHeight]]) {
      if (size <= room) near(offset, (room - size) / 2);
      else assert.ok(offset <= 1e-9 && offset + size >= room - 1e-6, `${offset} ${size} ${room}`);
    }
  }
});

test('a click goes to 1:1 and back, and always does something', () => {
  const random = randomFrom(2);
  for (let i = 0; i < 300; i++) {
    const f = randomFrame(random), start = zoom.fitted(f), z = zoom.toggled(f, start, random() * f.stageWidth, random() * f.stageHeight);
    assert.ok(z.scale > start.scale * 1.01, JSON.stringify(f));
    assert.deepEqual(zoom.toggled(f, z, 10, 10), start);
  }
});

test('the wheel stops at the limits', () => {
  let z = zoom.fitted(frame);
  for (let i = 0; i < 60; i++) z = zoom.zoomAt(frame, z, z.scale * zoom.WHEEL_FACTOR, 400, 300);
  near(z.scale, 8);
  for (let i = 0; i < 90; i++) z = zoom.zoomAt(frame, z, z.scale / zoom.WHEEL_FACTOR, 400, 300);
  assert.deepEqual(z, zoom.fitted(frame));
});

test('plus and minus walk over fit, fill, 1:1, 2:1 … and end', () => {
  let z = zoom.fitted(frame);
  const names = [];
  for (let i = 0; i < 9; i++) {
    names.push(zoom.zoomName(frame, z));
    z = zoom.zoomAt(frame, z, zoom.neighbourStep(frame, z, 1), 550, 400);
  }
  assert.deepEqual(names.slice(0, 6), ['Fit', '20 %', '100 %', '200 %', '400 %', '800 %']);
  for (let i = 0; i < 9; i++) z = zoom.zoomAt(frame, z, zoom.neighbourStep(frame, z, -1), 550, 400);
  assert.ok(zoom.isFitted(frame, z));
});

test('a view carried to another picture shows the same part of it', () => {
  const other = { ...frame, width: 3000, height: 2000 };
  const z = zoom.zoomAt(frame, zoom.fitted(frame), 1, 300, 500), carried = zoom.fromRelative(other, zoom.toRelative(frame, z));
  const there = zoom.toRelative(other, carried), here = zoom.toRelative(frame, z);
  for (const key of /** @type {const} */ (['factor', 'cx', 'cy'])) near(there[key], here[key]);
});

test('walking on while zoomed in keeps the enlargement and the part of the picture', () => {
  const z = zoom.zoomAt(frame, zoom.fitted(frame), 1, 300, 500), same = zoom.carried(frame, z, frame);
  for (const key of /** @type {const} */ (['scale', 'x', 'y'])) near(same[key], z[key]);
  const upright = { ...frame, width: 4000, height: 6000 }, next = zoom.carried(frame, z, upright);
  near(next.scale, 1);
  near(zoom.toRelative(upright, next).cx, zoom.toRelative(frame, z).cx);
  const small = { ...frame, width: 300, height: 200 };
  assert.deepEqual(zoom.carried(frame, z, small), zoom.fitted(small), 'what fits whole is shown whole');
});
