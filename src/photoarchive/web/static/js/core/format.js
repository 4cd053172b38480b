/** Numbers, sizes, dates and times as people read them. Without DOM; the texts are English, so are the formats. */

/** The user's kind of English. */
export const LOCALE = (globalThis.navigator?.languages ?? []).find((language) => /^en\b/i.test(language)) ?? 'en-GB';
const WHOLE = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const ONE_DIGIT = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const PERCENT = new Intl.NumberFormat(LOCALE, { style: 'percent', maximumFractionDigits: 0 });
const RULES = new Intl.PluralRules('en');
const LIST = new Intl.ListFormat('en-GB', { style: 'long', type: 'conjunction' });
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** "217,390" @param {number} value */
export function count(value) {
  return WHOLE.format(value);
}

/** "1 photo", "1,812 photos" @param {number} value @param {string} one @param {string} [many] */
export function plural(value, one, many = `${one}s`) {
  return `${WHOLE.format(value)} ${RULES.select(value) === 'one' ? one : many}`;
}

/** "38 %" of a fraction 0…1; never 100 % before it is done, never 0 % once it has begun. @param {number} fraction */
export function percent(fraction) {
  if (fraction > 0 && fraction < 0.01) return '<1%';
  if (fraction < 1 && fraction > 0.99) return '99%';
  return PERCENT.format(fraction);
}

/** "1.5 GB"; steps of 1,000, as the server, drives and the settings count them. @param {number} size */
export function bytes(size) {
  let value = size;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  if (unit === 0) return plural(value, 'byte');
  return `${(value < 10 ? ONE_DIGIT : WHOLE).format(value)} ${UNITS[unit]}`;
}

/** "8 s", "34 min", "3 h 20 min", "2 d 4 h" @param {number} seconds */
export function duration(seconds) {
  if (seconds < MINUTE) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < HOUR) return `${Math.round(seconds / MINUTE)} min`;
  const [big, small, bigName, smallName] = seconds < DAY ? [HOUR, MINUTE, 'h', 'min'] : [DAY, HOUR, 'd', 'h'];
  const rounded = Math.round(seconds / small) * small;
  const rest = Math.round((rounded % big) / small);
  return `${Math.floor(rounded / big)} ${bigName}${rest ? ` ${rest} ${smallName}` : ''}`;
}

/** Length of a clip: "0:07", "12:03", "1:02:03" @param {number} seconds */
export function clipLength(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [Math.floor(whole / HOUR), Math.floor((whole % HOUR) / MINUTE), whole % MINUTE];
  const [hours, minutes, rest] = /** @type {[number, number, number]} */ (parts);
  const tail = `${String(minutes).padStart(hours ? 2 : 1, '0')}:${String(rest).padStart(2, '0')}`;
  return hours ? `${hours}:${tail}` : tail;
}

/** "41/s", "3.2/s", "12/min" @param {number} perSecond */
export function rate(perSecond) {
  if (perSecond >= 10) return `${WHOLE.format(perSecond)}/s`;
  if (perSecond >= 1) return `${ONE_DIGIT.format(perSecond)}/s`;
  return `${WHOLE.format(perSecond * MINUTE)}/min`;
}

/** "14 Aug 2023" @param {Date | number | string} value */
export function date(value) {
  return format(value, { day: 'numeric', month: 'short', year: 'numeric' });
}

/** "14 Aug 2023, 21:04" @param {Date | number | string} value */
export function dateTime(value) {
  return format(value, { day: 'numeric', month: 'short', year: 'numeric', hour: 'numeric', minute: '2-digit' });
}

/** "3 minutes ago", "yesterday"; older than a week the date. @param {Date | number | string} value @param {number} [now] ms */
export function ago(value, now = Date.now()) {
  const at = asDate(value);
  if (!at) return '';
  const seconds = (at.getTime() - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return 'just now';
  if (size < HOUR) return RELATIVE.format(Math.round(seconds / MINUTE), 'minute');
  if (size < DAY) return RELATIVE.format(Math.round(seconds / HOUR), 'hour');
  if (size < 7 * DAY) return RELATIVE.format(Math.round(seconds / DAY), 'day');
  return date(at);
}

/** "a, b and c" @param {string[]} items */
export function listOf(items) {
  return LIST.format(items);
}

/** @param {Date | number | string} value @param {Intl.DateTimeFormatOptions} options */
function format(value, options) {
  const at = asDate(value);
  return at ? new Intl.DateTimeFormat(LOCALE, options).format(at) : '';
}

/** Numbers are Unix seconds (as the server sends them) or, above 10¹¹, milliseconds. @param {Date | number | string} value */
function asDate(value) {
  if (value instanceof Date) return value;
  const at = typeof value === 'number' ? new Date(value > 1e11 ? value : value * 1000) : new Date(value.replace(' ', 'T'));
  return Number.isNaN(at.getTime()) ? null : at;
}
