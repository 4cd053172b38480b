/** Which day and month the row over the grid and the scrubber name: both ask the grid. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFeed } from 'pa/grid/feed.js';
import { GridView } from 'pa/grid/grid-view.js';
import { DEFAULT_OPTIONS, NEW_MONTH, layoutView } from 'pa/grid/layout.js';
import { encodeFeed, randomFrom } from './feeds.js';

const random = randomFrom(11);
/** @type {[number, number][]} 400 days, some of them a month apart, with 1 to 40 photos */
const days = [];
for (let day = 18_000; days.length < 400; day += random() < 0.1 ? 31 : 1) days.push([day, 1 + Math.floor(random() ** 3 * 40)]);
const photos = days.flatMap(([day, count]) => Array.from({ length: count }, (_, n) => ({ id: day * 100 + n, aspect: 110 + Math.floor(random() * 40) })));
const feed = decodeFeed(encodeFeed({ meta: { token: 't', total: photos.length, sort: 'date', sections: 'day' }, sections: days, photos }));
const layout = layoutView({ sections: 'day', aspects: feed.aspects, sectionFirst: feed.sectionFirst, sectionKeys: feed.sectionKeys }, { ...DEFAULT_OPTIONS, width: 900 });

/** @param {number} top */
const onTop = (top) => GridView.prototype.sectionOnTop.call(/** @type {any} */ ({ layout, view: { feed }, top }));

test('a month whose heading stands at the upper edge is on top, and until its last row has gone', () => {
  let months = 0;
  for (let k = 0; k < feed.sections; k++) {
    if (layout.months[k] !== NEW_MONTH) continue;
    months++;
    const heading = layout.sectionTop[k] - layout.options.monthHeader;
    assert.equal(onTop(heading), k);
    assert.equal(onTop(heading - 0.5), k, 'a page that is zoomed scrolls by parts of a pixel');
    if (k > 0) assert.ok(onTop(heading - 60) < k);
  }
  assert.ok(months > 5);
});

test('of days that share a row the first is on top', () => {
  let shared = 0;
  for (let k = 0; k < feed.sections; k++) {
    const first = layout.sectionRow.indexOf(layout.sectionRow[k]);
    if (first !== k) shared++;
    assert.equal(onTop(layout.sectionTop[k]), first);
  }
  assert.ok(shared > 20);
});
