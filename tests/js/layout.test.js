import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNDATED } from '../../src/photoarchive/web/static/js/grid/feed.js';
import {
  DEFAULT_OPTIONS, NEW_MONTH, SPARSE, TILE_ASPECTS, layoutView, monthOfDay, placeRow, rowAt, rowOf, sectionAt,
} from '../../src/photoarchive/web/static/js/grid/layout.js';
import { randomFrom } from './feeds.js';

/** @typedef {import('../../src/photoarchive/web/static/js/grid/layout.js').LayoutInput} LayoutInput */

/** A random view: aspects of all kinds, days of all sizes, sometimes undated photos at the end. @param {number} seed @returns {LayoutInput} */
function randomView(seed) {
  const random = randomFrom(seed), sections = random() < 0.3 ? 1 : 1 + Math.floor(random() * 60);
  const counts = Array.from({ length: sections }, () => 1 + Math.floor(random() ** 4 * 90));
  const sectionFirst = Uint32Array.from([0, ...counts]);
  for (let k = 1; k <= sections; k++) sectionFirst[k] += sectionFirst[k - 1];
  let day = 19_000;
  const sectionKeys = Int32Array.from(counts, () => (day -= 1 + Math.floor(random() * 5)));
  if (random() < 0.5) sectionKeys[sections - 1] = UNDATED;
  const wild = random() < 0.3;
  const aspects = Uint8Array.from({ length: sectionFirst[sections] }, () => (wild ? Math.floor(random() * 256) : 100 + Math.floor(random() * 60)));
  return { sections: sections > 1 ? 'day' : 'none', aspects, sectionFirst, sectionKeys };
}

/** @param {number} seed */
function randomOptions(seed) {
  const random = randomFrom(seed ^ 0x5bd1e995);
  return { ...DEFAULT_OPTIONS, width: 280 + Math.floor(random() * 2400), target: 90 + Math.floor(random() * 270) };
}

const lefts = new Int32Array(10_000), widths = new Int32Array(10_000);

test('every photo lies in exactly one row, in order, whatever the view', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const view = randomView(seed), layout = layoutView(view, randomOptions(seed));
    assert.equal(layout.rowFirst[0], 0);
    assert.equal(layout.rowFirst[layout.rows], view.aspects.length);
    for (let r = 0; r < layout.rows; r++) assert.ok(layout.rowFirst[r + 1] > layout.rowFirst[r], `seed ${seed}: row ${r} is empty`);
  }
});

test('every row fills the width to the pixel, but for the last of a day', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const view = randomView(seed), options = randomOptions(seed), layout = layoutView(view, options);
    const dayEnds = new Set(view.sectionFirst);
    for (let r = 0; r < layout.rows; r++) {
      const count = placeRow(layout, view, r, lefts, widths), right = lefts[count - 1] + widths[count - 1];
      assert.ok(right <= options.width + 1, `seed ${seed}: row ${r} reaches ${right} of ${options.width}`);
      if (!dayEnds.has(layout.rowFirst[r + 1])) assert.ok(Math.abs(right - options.width) <= 1, `seed ${seed}: row ${r} ends at ${right} of ${options.width}`);
    }
  }
});

test('tiles of a row neither overlap nor leave more than the gap, and keep their shape', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const view = randomView(seed), options = randomOptions(seed), layout = layoutView(view, options), starts = new Set(view.sectionFirst);
    for (let r = 0; r < layout.rows; r++) {
      const count = placeRow(layout, view, r, lefts, widths), first = layout.rowFirst[r];
      for (let n = 0; n < count; n++) {
        const shape = TILE_ASPECTS[view.aspects[first + n]];
        assert.ok(Math.abs(widths[n] - shape * layout.rowScale[r]) <= 1, `seed ${seed}: row ${r} tile ${n}`);
        if (n === 0) continue;
        const between = lefts[n] - lefts[n - 1] - widths[n - 1];
        if (starts.has(first + n)) assert.ok(between >= options.dayGap - 1, `seed ${seed}: days touch`);
        else assert.ok(Math.abs(between - options.gap) <= 1, `seed ${seed}: gap ${between}`);
      }
    }
  }
});

test('rows and headings follow each other without overlap', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const view = randomView(seed), options = randomOptions(seed), layout = layoutView(view, options);
    for (let r = 0; r < layout.rows; r++) assert.ok(layout.rowTop[r + 1] >= layout.rowTop[r] + layout.rowHeight[r] + options.gap);
    for (let k = 0; k < view.sectionKeys.length; k++) {
      const row = layout.sectionRow[k], room = layout.rowTop[row] - layout.sectionTop[k];
      assert.equal(room, view.sections === 'day' ? options.dayHeader : 0);
      assert.ok(layout.rowFirst[row] <= view.sectionFirst[k] && view.sectionFirst[k] < layout.rowFirst[row + 1]);
    }
    assert.equal(layout.height, layout.rowTop[layout.rows]);
  }
});

test('parts by likeness stand under a heading each, in rows of their own', () => {
  const aspects = new Uint8Array(9).fill(147), view = { sections: /** @type {const} */ ('alike'), aspects, sectionFirst: Uint32Array.of(0, 2, 9), sectionKeys: Int32Array.of(1, 0) };
  const layout = layoutView(view, { ...DEFAULT_OPTIONS, width: 1200 });
  assert.deepEqual([...layout.sectionRow.slice(0, 2)], [0, 1]);
  for (const part of [0, 1]) assert.equal(layout.rowTop[layout.sectionRow[part]] - layout.sectionTop[part], layout.options.dayHeader);
  assert.deepEqual([...layout.months], [0, 0]);
});

test('row heights stay near the chosen one', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const view = { ...randomView(seed), sections: /** @type {const} */ ('none') };
    view.aspects.fill(147);
    const options = { ...randomOptions(seed), width: 1400 }, layout = layoutView(view, options);
    for (let r = 0; r < layout.rows; r++) {
      const ratio = layout.rowHeight[r] / options.target;
      assert.ok(ratio > 0.66 && ratio < 1.5, `seed ${seed}: row of ${layout.rowHeight[r]} px for ${options.target}`);
    }
  }
});

/** A view of days with so many photos each. @param {[number, number][]} days key and count */
function dayView(days) {
  const sectionFirst = Uint32Array.from([0, ...days.map(([, count]) => count)]);
  for (let k = 1; k < sectionFirst.length; k++) sectionFirst[k] += sectionFirst[k - 1];
  return {
    sections: /** @type {const} */ ('day'), aspects: new Uint8Array(sectionFirst[days.length]).fill(147),
    sectionFirst, sectionKeys: Int32Array.from(days, ([key]) => key),
  };
}

const AUGUST = 19_570; // 1 August 2023

test('small days of one month share a row under the heading of their month', () => {
  const layout = layoutView(dayView([[AUGUST + 9, 1], [AUGUST + 8, 1], [AUGUST + 7, 1], [AUGUST + 2, 9]]), DEFAULT_OPTIONS);
  assert.deepEqual([...layout.months], [NEW_MONTH, 0, 0, 0]);
  assert.deepEqual([...layout.sectionRow.subarray(0, 4)], [0, 0, 0, 1]);
  assert.equal(layout.rowTop[0], DEFAULT_OPTIONS.monthHeader + DEFAULT_OPTIONS.dayHeader);
});

test('a small day of another month starts its own row under its heading', () => {
  const layout = layoutView(dayView([[AUGUST + 1, 9], [AUGUST, 1], [AUGUST - 1, 1], [AUGUST - 2, 9]]), DEFAULT_OPTIONS);
  assert.deepEqual([...layout.months], [NEW_MONTH, 0, NEW_MONTH, 0]);
  assert.notEqual(layout.sectionRow[1], layout.sectionRow[2]);
});

test('sparse months share rows without headings of their own, dense ones do not join them', () => {
  const days = /** @type {[number, number][]} */ ([[AUGUST, 1], [AUGUST - 31, 1], [AUGUST - 70, 1], [AUGUST - 100, 30]]);
  const layout = layoutView(dayView(days), DEFAULT_OPTIONS);
  assert.deepEqual([...layout.months], [NEW_MONTH | SPARSE, NEW_MONTH | SPARSE, NEW_MONTH | SPARSE, NEW_MONTH]);
  assert.deepEqual([...layout.sectionRow.subarray(0, 4)], [0, 0, 0, 1]);
  assert.equal(layout.rowTop[0], DEFAULT_OPTIONS.dayHeader);
});

test('positions are found again', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const view = randomView(seed), layout = layoutView(view, randomOptions(seed));
    for (let r = 0; r < layout.rows; r++) {
      assert.equal(rowOf(layout, layout.rowFirst[r]), r);
      assert.equal(rowAt(layout, layout.rowTop[r]), r);
      assert.equal(rowAt(layout, layout.rowTop[r] + layout.rowHeight[r] - 1), r);
    }
    assert.equal(rowAt(layout, layout.height + 500), layout.rows - 1);
    for (let k = 0; k < view.sectionKeys.length; k++) {
      const found = sectionAt(layout, layout.sectionTop[k]); // of days side by side, the last
      assert.equal(layout.sectionTop[found], layout.sectionTop[k]);
      assert.ok(found >= k);
    }
  }
});

test('months are those of the calendar', () => {
  for (let day = -40_000; day < 40_000; day += 13) {
    const date = new Date(day * 86_400_000);
    assert.equal(monthOfDay(day), date.getUTCFullYear() * 12 + date.getUTCMonth(), date.toISOString());
  }
});

test('an empty view has no rows and no height', () => {
  const layout = layoutView({ sections: 'none', aspects: new Uint8Array(0), sectionFirst: new Uint32Array(1), sectionKeys: new Int32Array(0) }, DEFAULT_OPTIONS);
  assert.equal(layout.rows, 0);
  assert.equal(layout.height, 0);
});
