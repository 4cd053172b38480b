/** Numbers, sizes and times as words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ago, bytes, clipLength, count, duration, listOf, percent, plural, rate } from 'pa/core/format.js';

test('plurals are right for none, one and many', () => {
  assert.equal(plural(0, 'photo'), '0 photos');
  assert.equal(plural(1, 'photo'), '1 photo');
  assert.equal(plural(217390, 'photo'), '217,390 photos');
  assert.equal(plural(2, 'copy', 'copies'), '2 copies');
  assert.equal(count(1e6), '1,000,000');
});

test('sizes go up in steps of 1,000 and stay short', () => {
  assert.equal(bytes(1), '1 byte');
  assert.equal(bytes(999), '999 bytes');
  assert.equal(bytes(1000), '1 kB');
  assert.equal(bytes(1500), '1.5 kB');
  assert.equal(bytes(1e6 - 10), '1 MB');
  assert.equal(bytes(100e9), '100 GB');
  assert.equal(bytes(4e15), '4 PB');
});

test('a share is 100 % only when all is done and 0 % only when nothing is', () => {
  assert.equal(percent(0), '0%');
  assert.equal(percent(0.0001), '<1%');
  assert.equal(percent(0.9999), '99%');
  assert.equal(percent(1), '100%');
});

test('durations never show a unit that is full', () => {
  assert.equal(duration(0), '1 s');
  assert.equal(duration(59), '59 s');
  assert.equal(duration(34 * 60), '34 min');
  assert.equal(duration(3 * 3600 + 20 * 60), '3 h 20 min');
  assert.equal(duration(7200 - 10), '2 h');
  assert.equal(duration(2 * 86400 + 4 * 3600), '2 d 4 h');
});

test('clips and rates', () => {
  assert.equal(clipLength(7), '0:07');
  assert.equal(clipLength(723), '12:03');
  assert.equal(clipLength(3723), '1:02:03');
  assert.equal(rate(41.3), '41/s');
  assert.equal(rate(3.25), '3.3/s');
  assert.equal(rate(0.2), '12/min');
});

test('moments near now are told from now', () => {
  const now = Date.UTC(2026, 0, 10, 12);
  assert.equal(ago(now / 1000 - 5, now), 'just now');
  assert.equal(ago(now / 1000 - 180, now), '3 minutes ago');
  assert.equal(ago(now / 1000 - 86400, now), 'yesterday');
  assert.match(ago(now / 1000 - 30 * 86400, now), /2025/);
  assert.equal(ago('nonsense', now), '');
});

test('lists read as sentences', () => {
  assert.equal(listOf(['flags', 'stars', 'names']), 'flags, stars and names');
});
