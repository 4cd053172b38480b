/**
 * The justified layout of a whole view: which photos form a row, how high it is, where it lies. Pure arithmetic on typed
 * arrays (1,000,000 photos in well under 100 ms), so the exact height is known before the first tile is drawn and nothing
 * ever shifts. Runs in the layout worker; the grid reads the result with `placeRow`.
 *
 * Days. A day starts a new row under its heading. Days too small to fill a row stand side by side in one row of the same
 * month, each under its own heading: a holiday month reads as a month. A month gets a larger heading of its own, unless all
 * its photos would fit into a part of one row: such sparse months share rows too, so that years of single snapshots do not
 * become a column of half-empty rows; their days carry the full date instead.
 */
import { ASPECTS, UNDATED, lastAtMost } from './feed.js';

/**
 * @typedef {{width: number, target: number, gap: number, dayHeader: number, monthHeader: number, dayGap: number,
 *            minSlot: number}} LayoutOptions  all in px; minSlot: least width of a day that shares its row
 * @typedef {{sections: import('./feed.js').SectionKind, aspects: Uint8Array, sectionFirst: Uint32Array, sectionKeys: Int32Array}} LayoutInput
 * @typedef {{rows: number, height: number, rowFirst: Uint32Array, rowTop: Uint32Array, rowHeight: Uint16Array,
 *            rowScale: Float32Array, sectionRow: Uint32Array, sectionTop: Uint32Array, months: Uint8Array,
 *            options: LayoutOptions}} Layout  months: per section, NEW_MONTH and SPARSE
 */

/** Extreme shapes are cropped in the grid (never in the loupe), so that a tile stays wide enough to hit and a row high
 * enough to see. */
const NARROWEST = 0.4, WIDEST = 5;
export const TILE_ASPECTS = ASPECTS.map((aspect) => Math.min(WIDEST, Math.max(NARROWEST, aspect)));

/** The section is the first of its month. */
export const NEW_MONTH = 1;
/** The section's month has no heading: it shares rows with other months. */
export const SPARSE = 2;

const MIN_ROW_HEIGHT = 24;
/** A day's last row is stretched to the full width when that makes it at most this much higher than the target. */
const STRETCH = 1.18;
/** Days that fill less than this share of the width may share a row. */
const SMALL_DAY = 0.7;

/** @type {Readonly<LayoutOptions>} */
export const DEFAULT_OPTIONS = Object.freeze({
  width: 1000, target: 200, gap: 4, dayHeader: 34, monthHeader: 44, dayGap: 20, minSlot: 132,
});

/** Months since year 0 of a day number (days since 1970-01-01), by Hinnant's civil-from-days. @param {number} day */
export function monthOfDay(day) {
  const z = day + 719468, era = Math.floor(z / 146097), doe = z - era * 146097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36524) - Math.floor(doe / 146096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153), month = mp < 10 ? mp + 2 : mp - 10; // 0 = January
  return (yoe + era * 400 + (month < 2 ? 1 : 0)) * 12 + month;
}

/** Collects rows while the layout walks over the photos. */
class Rows {
  /** @param {number} most */
  constructor(most) {
    this.first = new Uint32Array(most + 1);
    this.top = new Uint32Array(most + 1);
    this.height = new Uint16Array(most);
    this.scale = new Float32Array(most);
    this.count = 0;
    this.y = 0;
  }

  /** @param {number} first @param {number} scale exact height in px @param {number} gap */
  add(first, scale, gap) {
    const r = this.count++, height = Math.max(MIN_ROW_HEIGHT, Math.round(scale));
    this.first[r] = first;
    this.top[r] = this.y;
    this.height[r] = height;
    this.scale[r] = scale;
    this.y += height + gap;
  }
}

/**
 * Lay out a whole view.
 * @param {LayoutInput} input @param {LayoutOptions} options @returns {Layout}
 */
export function layoutView(input, options) {
  const { aspects, sectionFirst, sectionKeys } = input, sections = sectionKeys.length, dated = input.sections === 'day';
  const rows = new Rows(aspects.length), months = dated ? markMonths(input, options) : new Uint8Array(sections);
  const sectionRow = new Uint32Array(sections + 1), sectionTop = new Uint32Array(sections + 1);
  for (let k = 0; k < sections;) {
    if (months[k] === NEW_MONTH) rows.y += options.monthHeader;
    const end = dated ? endOfSharedRow(input, months, k, options) : k + 1;
    for (let j = k; j < end; j++) {
      sectionRow[j] = rows.count;
      sectionTop[j] = rows.y;
    }
    if (input.sections !== 'none') rows.y += options.dayHeader;
    if (end - k > 1) rows.add(sectionFirst[k], sharedScale(input, k, end, options), options.gap);
    else addSection(rows, aspects, sectionFirst[k], sectionFirst[k + 1], options);
    k = end;
  }
  sectionRow[sections] = rows.count;
  sectionTop[sections] = rows.y;
  rows.first[rows.count] = aspects.length;
  rows.top[rows.count] = rows.y;
  return {
    rows: rows.count, height: rows.y, sectionRow, sectionTop, months, options,
    rowFirst: rows.first.slice(0, rows.count + 1), rowTop: rows.top.slice(0, rows.count + 1),
    rowHeight: rows.height.slice(0, rows.count), rowScale: rows.scale.slice(0, rows.count),
  };
}

/** Which sections begin a month, and which months are sparse. @param {LayoutInput} input @param {LayoutOptions} options */
function markMonths(input, options) {
  const { sectionKeys } = input, sections = sectionKeys.length, months = new Uint8Array(sections), room = options.width * SMALL_DAY;
  for (let k = 0; k < sections;) {
    const month = sectionMonth(sectionKeys[k]);
    let end = k, used = -options.dayGap;
    while (end < sections && sectionMonth(sectionKeys[end]) === month) {
      if (used <= room) used += options.dayGap + slotWidth(input, end, options, room - used);
      end++;
    }
    if (used <= room) months.fill(SPARSE, k, end);
    months[k] |= NEW_MONTH;
    k = end;
  }
  return months;
}

/** @param {number} key */
export const sectionMonth = (key) => (key === UNDATED ? Infinity : monthOfDay(key));

/**
 * Break the photos [first, end) into rows nearest to the target height.
 * @param {Rows} rows @param {Uint8Array} aspects @param {number} first @param {number} end @param {LayoutOptions} options
 */
function addSection(rows, aspects, first, end, { width, target, gap }) {
  for (let i = first; i < end;) {
    let sum = 0, j = i, scale = Infinity;
    while (j < end && scale > target) {
      sum += TILE_ASPECTS[aspects[j++]];
      scale = (width - gap * (j - i - 1)) / sum;
    }
    if (scale > target) {
      if (scale > target * STRETCH) scale = target; // the ragged last row
    } else if (j - i > 1) { // would the row be nearer to the target without its last photo?
      const higher = (width - gap * (j - i - 2)) / (sum - TILE_ASPECTS[aspects[j - 1]]);
      if (higher * scale < target * target) {
        j--;
        scale = higher;
      }
    }
    rows.add(i, scale, gap);
    i = j;
  }
}

/**
 * First section after those that share one row with section k (k + 1 when it has its rows for itself).
 * @param {LayoutInput} input @param {Uint8Array} months @param {number} k @param {LayoutOptions} options
 */
function endOfSharedRow(input, months, k, options) {
  let used = slotWidth(input, k, options, options.width * SMALL_DAY), end = k + 1;
  if (used > options.width * SMALL_DAY) return end;
  const sparse = (months[k] & SPARSE) !== 0;
  /** @param {number} j */
  const belongs = (j) => (sparse ? (months[j] & SPARSE) !== 0 : months[j] === 0);
  for (; end < months.length && belongs(end); end++) {
    used += options.dayGap + slotWidth(input, end, options, options.width - used);
    if (used > options.width) break;
  }
  return end;
}

/**
 * Width of a day in one row at the target height; anything above `limit` when it is more than that.
 * @param {LayoutInput} input @param {number} k @param {LayoutOptions} options @param {number} limit
 */
function slotWidth({ aspects, sectionFirst }, k, { target, gap, minSlot }, limit) {
  let width = -gap;
  for (let i = sectionFirst[k]; i < sectionFirst[k + 1]; i++) {
    width += TILE_ASPECTS[aspects[i]] * target + gap;
    if (width > limit) return width;
  }
  return Math.max(minSlot, width);
}

/**
 * Height of a row shared by the days [k, end): fills the width when that takes little stretching, else the target.
 * @param {LayoutInput} input @param {number} k @param {number} end @param {LayoutOptions} options
 */
function sharedScale({ aspects, sectionFirst }, k, end, { width, target, gap, dayGap, minSlot }) {
  let scale = target;
  for (let round = 0; round < 4; round++) { // slots at their least width drop out of the equation, one round each
    let fixed = dayGap * (end - k - 1), sum = 0;
    for (let j = k; j < end; j++) {
      let slotSum = 0;
      for (let i = sectionFirst[j]; i < sectionFirst[j + 1]; i++) slotSum += TILE_ASPECTS[aspects[i]];
      const gaps = gap * (sectionFirst[j + 1] - sectionFirst[j] - 1);
      if (slotSum * scale + gaps < minSlot) fixed += minSlot;
      else {
        fixed += gaps;
        sum += slotSum;
      }
    }
    if (sum === 0) return target;
    scale = (width - fixed) / sum;
  }
  return scale >= target * 0.9 && scale <= target * STRETCH ? scale : target;
}

/**
 * Where the photos of one row stand: writes left edges and widths in px, answers how many there are.
 * Edges are rounded from exact positions, so that a full row ends at the exact width.
 * @param {Layout} layout @param {LayoutInput} input @param {number} row @param {Int32Array} lefts @param {Int32Array} widths
 */
export function placeRow(layout, input, row, lefts, widths) {
  const { gap, dayGap, minSlot } = layout.options, scale = layout.rowScale[row];
  const first = layout.rowFirst[row], end = layout.rowFirst[row + 1];
  let section = lastAtMost(input.sectionFirst, first, input.sectionKeys.length);
  let x = 0, slotStart = 0;
  for (let i = first; i < end; i++) {
    if (i > first && i === input.sectionFirst[section + 1]) {
      section++;
      x = Math.max(x - gap, slotStart + minSlot) + dayGap;
      slotStart = x;
    }
    const left = Math.round(x), exact = TILE_ASPECTS[input.aspects[i]] * scale;
    lefts[i - first] = left;
    widths[i - first] = Math.max(1, Math.round(x + exact) - left);
    x += exact + gap;
  }
  return end - first;
}

/** The row at a height. @param {Layout} layout @param {number} y */
export const rowAt = (layout, y) => lastAtMost(layout.rowTop, y, layout.rows);

/** The row of a photo. @param {Layout} layout @param {number} index */
export const rowOf = (layout, index) => lastAtMost(layout.rowFirst, index, layout.rows);

/** The section a height belongs to. @param {Layout} layout @param {number} y */
export const sectionAt = (layout, y) => lastAtMost(layout.sectionTop, y, layout.sectionTop.length - 1);
