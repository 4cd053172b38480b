/** How a job is put into words, and what of its news is worth announcing. Without DOM. */
import { count, duration, plural, rate } from 'pa/core/format.js';

/** @typedef {import('pa/features/work/state.js').JobInfo} JobInfo */
/** @typedef {import('pa/features/work/state.js').Work} Work */

const COLOURS = new Set(['scan', 'faces', 'embed', 'deep', 'previews', 'originals']);
const SAME_COLOUR = new Map([['metadata', 'scan'], ['proxies', 'previews'], ['duplicates', 'faces']]);

/** The custom property with a job's colour. @param {string} name */
export function colourOf(name) {
  const own = SAME_COLOUR.get(name) ?? name;
  return COLOURS.has(own) ? `--work-${own}` : '--work-other';
}

/** Whether a job has something left to do, running or not. @param {JobInfo} job */
export function isActive(job) {
  return job.state !== 'idle' && (job.state === 'running' || remaining(job) > 0);
}

/** How many items wait; those that could not be done do not. @param {JobInfo} job */
export function remaining(job) {
  return Math.max(0, job.total - job.done - job.failed);
}

/** Null while the end is unknown. @param {JobInfo} job */
export function fractionOf(job) {
  return job.total > 0 ? job.done / job.total : null;
}

/** What stands beside the meter: "41/s · 34 min", or why it rests. @param {JobInfo} job */
export function briefly(job) {
  if (job.state === 'paused') return 'paused';
  if (job.state === 'running') return pace(job) || 'working';
  return job.reason || (job.state === 'blocked' ? 'cannot go on' : 'waiting');
}

/** "41/s · 34 min left" as far as known. @param {JobInfo} job */
export function pace(job) {
  const parts = [];
  if (job.rate) parts.push(rate(job.rate));
  if (job.eta_seconds !== null && job.eta_seconds !== undefined && remaining(job) > 0) parts.push(duration(job.eta_seconds));
  return parts.join(' · ');
}

/** "1,204 of 217,390" @param {JobInfo} job */
export function doneOf(job) {
  return job.total > 0 ? `${count(job.done)} of ${count(job.total)}` : '';
}

/** The state as a word for people. @param {JobInfo} job */
export function stateWord(job) {
  const words = { idle: 'Up to date', running: 'Running', waiting: 'Waiting', paused: 'Paused', blocked: 'Stopped' };
  return words[job.state] ?? job.state;
}

/** What changed that a listener should hear: a start, an end, new errors; not each step. @param {Work | null} before @param {Work} now */
export function news(before, now) {
  if (!before) return [];
  const old = new Map(before.jobs.map((job) => [job.name, job]));
  return now.jobs.flatMap((job) => {
    const was = old.get(job.name);
    if (!was) return [];
    const said = [];
    if (!isActive(was) && isActive(job)) said.push(`${job.title} started.`);
    if (isActive(was) && !isActive(job)) said.push(`${job.title} finished.`);
    if (job.failed > was.failed) said.push(`${job.title}: ${plural(job.failed - was.failed, 'item')} could not be done.`);
    if (was.state !== 'blocked' && job.state === 'blocked') said.push(`${job.title} stopped: ${job.reason}`);
    return said;
  });
}
