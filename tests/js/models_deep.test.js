/** What the cards of models and the section Deep search say. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { isOvernight, scheduleWords, withDay } from 'pa/features/deep/words.js';
import { indexWords, installFraction, installWords, runningWords, speedWords } from 'pa/features/models/words.js';

const install = { phase: 'fetching', done: 1e9, total: 4e9, bytes_per_second: 12e6, eta_seconds: 256, file: 'model.safetensors', sentence: '' };

test('an install says how much has arrived, how fast, and how long it will take', () => {
  assert.equal(installWords(install), '1 GB of 4 GB · 12 MB/s · 4 min left');
  assert.equal(installWords({ ...install, bytes_per_second: 0, eta_seconds: null }), '1 GB of 4 GB');
  assert.equal(installWords({ ...install, phase: 'asking' }), 'Asking the hub what there is to fetch…');
  assert.equal(installFraction(install), 0.25);
  assert.equal(installFraction({ ...install, total: 0 }), null);
});

test('a model says what it runs on and how fast, or what stops it', () => {
  assert.equal(runningWords(null), '');
  assert.equal(runningWords({ loaded: false }), 'Loaded when it is needed');
  assert.equal(runningWords({ loaded: true, device: 'NVIDIA H100', precision: 'bfloat16', images_per_s: 41.2 }), 'NVIDIA H100, bfloat16 · 41 photos a second');
  assert.equal(runningWords({ error: 'It needs 16 GB.' }), 'It needs 16 GB.');
  assert.equal(speedWords(0.125), 'one photo takes 8 s');
  assert.equal(speedWords(1.2), '1 photo a second');
});

test('a model says how many photos it has looked at, and whether it answers', () => {
  assert.equal(indexWords({ embedded: 1204, total: 30_112, answers: false }), '1,204 of 30,112 photos looked at');
  assert.equal(indexWords({ embedded: 30_112, total: 30_112, answers: true }), 'All 30,112 photos looked at · answers searches now');
  assert.equal(indexWords({ embedded: 12, total: 30_112, answers: false, earlier_answers: true }), '12 of 30,112 photos looked at · its earlier index answers searches until then');
  assert.equal(indexWords({ embedded: 0, total: 0, answers: true }), '');
  assert.equal(indexWords(null), '');
});

test('days are switched one by one and stay in the order of the week', () => {
  assert.deepEqual(withDay(['sun', 'mon'], 'wed', true), ['mon', 'wed', 'sun']);
  assert.deepEqual(withDay(['mon'], 'mon', false), []);
});

test('the schedule is said in a sentence', () => {
  const schedule = { enabled: true, days: ['mon'], start: '22:00', end: '07:00', timezone: 'local', open: false, opens_at: 1_800_000_000, closes_at: null };
  assert.match(scheduleWords(schedule), /^Its next hours begin .*2027/);
  assert.match(scheduleWords({ ...schedule, open: true, closes_at: 1_800_000_000 }), /^Its hours are now, until /);
  assert.match(scheduleWords({ ...schedule, enabled: false }), /^The schedule is off/);
  assert.equal(isOvernight(schedule), true);
  assert.equal(isOvernight({ ...schedule, start: '06:00' }), false);
});
