/** What the Work bar, the Catalog and Settings say. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asWords, rangeWords } from 'pa/features/settings/fields.js';
import { contents, findings, lastScan, scanning } from 'pa/features/sources/words.js';
import { briefly, colourOf, fractionOf, isActive, news, remaining } from 'pa/features/work/words.js';
import { completionParts, completions, folderName } from 'pa/ui/folders.js';

/** @param {object} given @returns {import('pa/features/work/state.js').JobInfo} */
const job = (given) => ({ name: 'previews', title: 'Previews', state: 'running', reason: '', done: 10, total: 100, failed: 0, rate: 41, eta_seconds: 2040, ...given });
/** @param {ReturnType<typeof job>[]} jobs @returns {import('pa/features/work/state.js').Work} */
const work = (...jobs) => ({ jobs, mode: 'light', governor: {}, paused_all: false });
/** @param {object} given @returns {any} */
const source = (given) => ({ state: 'online', active_image_count: 0, video_count: 0, last_scan: null, last_scan_at: null, scan: null, ...given });

test('a running job says its rate and how long, a resting one why', () => {
  assert.equal(briefly(job({})), '41/s · 34 min');
  assert.equal(briefly(job({ rate: null, eta_seconds: null })), 'working');
  assert.equal(briefly(job({ state: 'waiting', reason: 'you are browsing' })), 'you are browsing');
  assert.equal(briefly(job({ state: 'paused', reason: 'paused by you' })), 'paused');
});

test('a job with nothing left is not in the bar, whatever its state', () => {
  assert.equal(isActive(job({ state: 'idle' })), false);
  assert.equal(isActive(job({ state: 'paused', done: 100 })), false);
  assert.equal(isActive(job({ state: 'paused', done: 95, failed: 5 })), false);
  assert.equal(remaining(job({ done: 90, failed: 5 })), 5);
  assert.equal(isActive(job({ state: 'paused' })), true);
  assert.equal(fractionOf(job({ total: 0 })), null);
});

test('only starts, ends and errors are announced', () => {
  const running = work(job({}));
  assert.deepEqual(news(null, running), []);
  assert.deepEqual(news(running, work(job({ done: 50 }))), []);
  assert.deepEqual(news(running, work(job({ state: 'idle', done: 100 }))), ['Previews finished.']);
  assert.deepEqual(news(work(job({ state: 'idle', done: 100 })), running), ['Previews started.']);
  assert.deepEqual(news(running, work(job({ failed: 1 }))), ['Previews: 1 item could not be done.']);
});

test('every job has a colour', () => {
  assert.equal(colourOf('scan'), '--work-scan');
  assert.equal(colourOf('something new'), '--work-other');
});

test('a source says what it holds and what the last scan found', () => {
  assert.equal(contents(source({ active_image_count: 1 })), '1 photo');
  assert.equal(contents(source({ active_image_count: 15, video_count: 1 })), '14 photos, 1 video');
  assert.equal(contents(source({ active_image_count: 3, video_count: 3 })), '3 videos');
  assert.deepEqual(findings(source({ last_scan_at: 1, last_scan: { new: 31, changed: 0, moved: 2, missing: 0 } })), ['31 new', '2 moved']);
  assert.deepEqual(findings(source({ last_scan_at: 1, last_scan: { new: 0, changed: 0, moved: 0, missing: 0 } })), ['nothing new']);
  assert.deepEqual(findings(source({ last_scan_at: 1, last_scan: { new: 0, copies: 20 } })), ['20 copies']);
  assert.deepEqual(findings(source({ last_scan: {} })), []);
  assert.equal(lastScan(source({})), 'never');
  assert.equal(scanning(source({ state: 'scanning', scan: { found: 1, new: 1 } })), '1 file found, 1 new');
});

test('completion lists the folder typed so far and hides hidden folders until asked', () => {
  assert.deepEqual(completionParts('/home/an'), { folder: '/home/', beginning: 'an' });
  assert.deepEqual(completionParts('/home/'), { folder: '/home/', beginning: '' });
  const entries = [{ name: '.cache' }, { name: 'Pictures' }, { name: 'my pictures' }];
  assert.deepEqual(completions(entries, 'pic').map((entry) => entry.name), ['Pictures', 'my pictures']);
  assert.deepEqual(completions(entries, '.').map((entry) => entry.name), ['.cache']);
  assert.equal(folderName('/media/anna/Old drive/'), 'Old drive');
});

test('defaults and ranges are words', () => {
  assert.equal(asWords({ key: 'a', label: '', meaning: '', control: 'number', unit: 'px' }, 400), '400 px');
  assert.equal(asWords({ key: 'a', label: '', meaning: '', control: 'switch' }, true), 'on');
  assert.equal(rangeWords({ min: 40, max: 100 }), '40–100');
  assert.equal(rangeWords({ choices: [true, false] }), '');
});
