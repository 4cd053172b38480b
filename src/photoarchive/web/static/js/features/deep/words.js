/** What the section Deep search says. Without DOM. */
import { count, dateTime } from 'pa/core/format.js';

/** @typedef {import('pa/features/deep/state.js').Schedule} Schedule */
/** @typedef {import('pa/features/deep/state.js').Count} Count */

/** @type {readonly {value: string, short: string, name: string}[]} */
export const DAYS = [
  { value: 'mon', short: 'Mon', name: 'Monday' }, { value: 'tue', short: 'Tue', name: 'Tuesday' }, { value: 'wed', short: 'Wed', name: 'Wednesday' },
  { value: 'thu', short: 'Thu', name: 'Thursday' }, { value: 'fri', short: 'Fri', name: 'Friday' }, { value: 'sat', short: 'Sat', name: 'Saturday' },
  { value: 'sun', short: 'Sun', name: 'Sunday' },
];

/** The days after one was switched on or off, in the order of the week. @param {string[]} days @param {string} day @param {boolean} on */
export function withDay(days, day, on) {
  return DAYS.map(({ value }) => value).filter((value) => (value === day ? on : days.includes(value)));
}

/** "Open until 23 Nov 2026, 07:00" @param {Schedule} schedule */
export function scheduleWords(schedule) {
  if (!schedule.enabled) return 'The schedule is off. Deep Search works when you run it, and in the work mode Max.';
  if (schedule.open && schedule.closes_at) return `Its hours are now, until ${dateTime(schedule.closes_at)}.`;
  return schedule.opens_at ? `Its next hours begin ${dateTime(schedule.opens_at)}.` : 'It has no hours.';
}

/** Whether the hours go over midnight. @param {Schedule} schedule */
export function isOvernight(schedule) {
  return schedule.start >= schedule.end;
}

/** "1,204 of 30,112" @param {Count} counted */
export function countWords({ done, total }) {
  return `${count(done)} of ${count(total)}`;
}

/** @param {Count} counted @returns {number | null} */
export function fraction({ done, total }) {
  return total ? Math.min(1, done / total) : null;
}
