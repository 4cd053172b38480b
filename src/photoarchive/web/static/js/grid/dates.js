/** Titles of days, months and years from section keys (days since 1970-01-01 in local wall time). Owns no DOM. */
import { LOCALE } from 'pa/core/format.js';
import { UNDATED } from './feed.js';
import { monthOfDay } from './layout.js';

const DAY_MS = 86_400_000;

/** @param {Intl.DateTimeFormatOptions} options */
const formatter = (options) => new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: 'UTC' });

const LONG_DAY = formatter({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const SHORT_DAY = formatter({ weekday: 'short', day: 'numeric', month: 'short' });
const SHORT_DATE = formatter({ day: 'numeric', month: 'short', year: 'numeric' });
const MONTH = formatter({ month: 'long', year: 'numeric' });
const SHORT_MONTH = formatter({ month: 'short' });
const LONG_MONTH = formatter({ month: 'long' });

const NO_DATE = 'No date';

/** "Monday, 14 August 2023" @param {number} key */
export const dayTitle = (key) => (key === UNDATED ? NO_DATE : LONG_DAY.format(key * DAY_MS));

/** "Mon, 14 Aug": the year stands in the month's heading. @param {number} key */
export const shortDayTitle = (key) => (key === UNDATED ? NO_DATE : SHORT_DAY.format(key * DAY_MS));

/** "14 Aug 2023" @param {number} key */
export const shortDate = (key) => (key === UNDATED ? NO_DATE : SHORT_DATE.format(key * DAY_MS));

/** "August 2023" @param {number} key */
export const monthTitle = (key) => (key === UNDATED ? NO_DATE : MONTH.format(key * DAY_MS));

/** "Aug" @param {number} key */
export const shortMonth = (key) => (key === UNDATED ? '' : SHORT_MONTH.format(key * DAY_MS));

/** "August" of month 1…12 @param {number} month */
export const monthName = (month) => LONG_MONTH.format(Date.UTC(2001, month - 1, 1));

/** @param {number} key */
export const yearOf = (key) => (key === UNDATED ? NaN : Math.floor(monthOfDay(key) / 12));
