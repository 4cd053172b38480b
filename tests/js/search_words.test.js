/** What is said of a search and of why a photo was found. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { deepText, modeText, reasonText } from 'pa/features/search/words.js';

const about = { query: 'boats', search_mode: 'metadata', model: null, basic: false, cached: false, deep: false, words: true, strictness: 0, hints: [], did_you_mean: [], search_ms: 1, found: 1, visible_images: 1 };

test('a search says by what it found, filters and look-alikes too', () => {
  assert.equal(modeText({ ...about, search_mode: 'fused' }), 'Found by meaning and text');
  assert.equal(modeText(about), 'Found by text');
  assert.equal(modeText({ ...about, words: false }), 'Filtered');
  assert.equal(modeText({ ...about, search_mode: 'semantic', words: false }), 'Look-alikes');
});

test('nothing is not found by anything', () => {
  assert.equal(modeText({ ...about, search_mode: 'semantic', found: 0, visible_images: 0 }), 'Nothing found');
  assert.equal(modeText({ ...about, search_mode: 'fused', found: 3, visible_images: 0 }), 'Nothing found within the filters');
});

test('the chip of Deep Search names the night only when it is this one', () => {
  const hours = { enabled: true, start: '22:00', end: '07:00', open: false, opens_at: 1_800_000_000 };
  assert.equal(deepText(hours, hours.opens_at - 8 * 3600), 'deep tonight');
  assert.match(deepText(hours, hours.opens_at - 50 * 3600), /^deep on [A-Z][a-z]{2}$/);
  assert.equal(deepText({ ...hours, start: '12:00' }, hours.opens_at - 3600), 'deep later');
  assert.equal(deepText({ ...hours, open: true }, hours.opens_at), 'deep now');
});

test('a look-alike says how alike it is', () => {
  assert.equal(reasonText({ meaning: null, strength: null, fields: {}, tags: [], alike: 0.724 }), 'Look-alike: 72 % alike');
});
