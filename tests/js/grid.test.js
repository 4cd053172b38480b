import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_SPAN, ScrollWindow } from '../../src/photoarchive/web/static/js/grid/scroll-window.js';
import { Selection } from '../../src/photoarchive/web/static/js/grid/selection.js';
import { randomFrom } from './feeds.js';

test('every position of a tall view can be brought to the top', () => {
  const area = new ScrollWindow(), random = randomFrom(3);
  area.resize(34_600_000, 900);
  for (let i = 0; i < 500; i++) {
    const wanted = Math.floor(random() * area.maxTop), scrollTop = area.moveTo(wanted, random() < 0.5);
    assert.ok(scrollTop >= 0 && scrollTop + 900 <= area.span, `${scrollTop}`);
    assert.equal(area.toView(scrollTop), wanted);
  }
  assert.ok(area.span <= MAX_SPAN);
});

test('a position beyond the ends goes to the end', () => {
  const area = new ScrollWindow();
  area.resize(10_000_000, 800);
  assert.equal(area.toView(area.moveTo(-50)), 0);
  assert.equal(area.toView(area.moveTo(99_999_999)), 10_000_000 - 800);
  area.resize(300, 800);
  assert.equal(area.moveTo(200), 0);
  assert.equal(area.base, 0);
});

test('a short view never needs another window', () => {
  const area = new ScrollWindow();
  area.resize(50_000, 800);
  for (const top of [0, 25_000, 49_200]) assert.ok(!area.nearEdge(top) && !area.atEnd(top));
});

test('scrolling to the edge of a window asks for the next one, but not at the ends of the view', () => {
  const area = new ScrollWindow();
  area.resize(20_000_000, 1000);
  area.moveTo(10_000_000);
  assert.ok(area.nearEdge(100) && area.atEnd(0) && area.nearEdge(area.span - 1000) && area.atEnd(area.span - 1000));
  assert.ok(!area.nearEdge(area.span / 2));
  area.moveTo(0);
  assert.ok(!area.nearEdge(0) && !area.atEnd(0));
});

test('a view that became shorter keeps its window inside', () => {
  const area = new ScrollWindow();
  area.resize(20_000_000, 1000);
  area.moveTo(19_000_000);
  area.resize(5_000_000, 1000);
  assert.ok(area.base + area.span <= 5_000_000);
});

test('click, Ctrl and Shift select as in every file manager', () => {
  const selection = new Selection(100);
  selection.only(10);
  selection.extend(14, false);
  assert.deepEqual([...selection.indexes()], [10, 11, 12, 13, 14]);
  selection.extend(8, false);
  assert.deepEqual([...selection.indexes()], [8, 9, 10], 'the range turns round its anchor');
  selection.toggle(50);
  assert.equal(selection.count, 4);
  selection.extend(52, true);
  assert.deepEqual([...selection.indexes()], [8, 9, 10, 50, 51, 52]);
  selection.toggle(9);
  assert.deepEqual([...selection.indexes()], [8, 10, 50, 51, 52]);
  selection.only(3);
  assert.deepEqual([...selection.indexes()], [3]);
});

test('the count is always that of the marks', () => {
  const random = randomFrom(11), selection = new Selection(200), at = () => Math.floor(random() * 200);
  for (let i = 0; i < 2000; i++) {
    const what = Math.floor(random() * 6);
    if (what === 0) selection.only(at());
    else if (what === 1) selection.toggle(at());
    else if (what === 2) selection.extend(at(), random() < 0.5);
    else if (what === 3) selection.toggleRange(at() >> 1, 100 + (at() >> 1));
    else if (what === 4 && random() < 0.1) selection.selectAll();
    else if (what === 5 && random() < 0.1) selection.clear();
    assert.equal(selection.count, selection.marks.reduce((sum, mark) => sum + mark, 0));
    assert.equal(selection.indexes().length, selection.count);
  }
});

test('verbs act on the selection, else on the photo with the focus', () => {
  const selection = new Selection(10);
  assert.deepEqual([...selection.targets()], []);
  selection.focusOn(4);
  assert.deepEqual([...selection.targets()], [4]);
  selection.toggle(7);
  selection.focusOn(2);
  assert.deepEqual([...selection.targets()], [7]);
});

test('selecting a day twice takes it away again', () => {
  const selection = new Selection(20);
  selection.toggle(5);
  selection.toggleRange(4, 8);
  assert.deepEqual([...selection.indexes()], [4, 5, 6, 7]);
  selection.toggleRange(4, 8);
  assert.equal(selection.count, 0);
});

test('a selection moves with its photos into a new view', () => {
  const old = Uint32Array.of(5, 9, 2, 7, 1), selection = new Selection(5);
  selection.toggle(1);
  selection.toggle(3);
  const next = selection.carryOver(old, Uint32Array.of(7, 8, 9, 10));
  assert.deepEqual([...next.indexes()], [0, 2]);
  assert.equal(next.focus, 0);
  const gone = selection.carryOver(old, Uint32Array.of(1));
  assert.equal(gone.count, 0);
  assert.equal(gone.focus, -1);
});

test('all of a million photos are selected at once', () => {
  const selection = new Selection(1_000_000);
  selection.selectAll();
  assert.ok(selection.all);
  assert.equal(selection.count, 1_000_000);
  selection.toggle(3);
  assert.ok(!selection.all);
});
