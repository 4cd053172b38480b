/** Albums, keywords and copies in the browser: what is sent, and what is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fractionOf, resultOf } from 'pa/features/export/state.js';
import { chipLabel, nameValues, sortFits, withToggled, withValues, withoutFilters } from 'pa/grid/query.js';
import { Selection } from 'pa/grid/selection.js';
import { chosenCount, chosenPhotos, registerSelectionVerb, selectionVerbs } from 'pa/grid/verbs.js';
import { keywordLabel, keywordOf } from 'pa/grid/words.js';

/** @param {number} count @param {number[]} chosen @returns {any} */
function view(count, chosen) {
  const selection = new Selection(count);
  selection.restore(chosen);
  return { token: 'v1', key: '', selection, feed: { count, ids: Uint32Array.from({ length: count }, (_, n) => 100 + n) } };
}

/** @param {object} given @returns {any} */
const copy = (given) => ({ files: 10, copied: 0, present: 0, failed: 0, offline: 0, copied_bytes: 0, ...given });

test('some photos are sent as ids, a whole view as its token and count', () => {
  assert.deepEqual(chosenPhotos(view(5, [1, 3])), { image_ids: [101, 103] });
  assert.deepEqual(chosenPhotos(view(5, [0, 1, 2, 3, 4])), { view: { token: 'v1', expected_count: 5 } });
  assert.deepEqual(chosenPhotos(view(1, [0])), { image_ids: [100] });
  assert.equal(chosenCount(view(5, [1, 3])), 2);
});

test('verbs stand in their order and are replaced by name', () => {
  const run = () => {};
  registerSelectionVerb({ name: 'b', label: 'B', title: '', icon: '', order: 2, run });
  registerSelectionVerb({ name: 'a', label: 'A', title: '', icon: '', order: 1, run });
  registerSelectionVerb({ name: 'b', label: 'B2', title: '', icon: '', order: 3, run });
  assert.deepEqual(selectionVerbs.value.map(({ label }) => label), ['A', 'B2']);
});

test('keywords are typed with | or › and shown with ›', () => {
  assert.equal(keywordOf(' Nature ›  Birds | Puffin '), 'Nature|Birds|Puffin');
  assert.equal(keywordOf(' | '), '');
  assert.equal(keywordLabel('Nature|Birds'), 'Nature › Birds');
  assert.equal(chipLabel('keyword', 'Nature|Birds'), 'Nature › Birds');
});

test('album order goes away with the album it needs', () => {
  const params = new URLSearchParams('album=3&sort=album_asc&flag=picked');
  assert.equal(sortFits('album', params), true);
  assert.equal(withToggled(params, 'album', '4').has('sort'), false);
  assert.equal(withToggled(params, 'album', '3').toString(), 'flag=picked');
  assert.equal(withValues(params, 'flag', []).get('sort'), 'album_asc');
  assert.equal(withoutFilters(params).toString(), '');
  assert.equal(sortFits('album', new URLSearchParams()), false);
  assert.equal(sortFits('similarity', new URLSearchParams('q=x')), true);
});

test('an album is called by its name once it is known', () => {
  assert.equal(chipLabel('album', '3'), 'Album 3');
  nameValues('album', { 3: 'Lofoten <b>' });
  assert.equal(chipLabel('album', '3'), 'Lofoten <b>');
});

test('a copy says what became of every file', () => {
  assert.equal(resultOf(copy({})), 'nothing copied yet');
  assert.equal(resultOf(copy({ copied: 1, copied_bytes: 2048, present: 2, offline: 3, failed: 4 })),
    '1 file copied and verified (2 kB) · 2 files there already · 3 files on a drive that isn’t connected · 4 files not copied');
  assert.equal(fractionOf(copy({ copied: 2, failed: 1, offline: 1, present: 1 })), 0.5);
  assert.equal(fractionOf(copy({ files: 0 })), 1);
});
