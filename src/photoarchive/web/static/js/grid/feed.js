/**
 * The feed: every photo of a view as binary columns, about 9 bytes a photo. Decodes it and answers what one photo's
 * bits say. Owns no DOM and no requests; the columns are views into the received buffer, nothing is copied.
 *
 * Little-endian: "PAF1", u32 photos n, u32 sections s, u32 meta length m; m bytes of JSON padded to 4;
 * s × u32 counts; s × i32 keys; n × u32 ids; n × u16 RGB565; n × u16 bits; n × u8 aspect.
 */

const MAGIC = 0x31464150; // "PAF1" read as a little-endian u32
const HEADER_BYTES = 16;

/** Section key of photos without a date. */
export const UNDATED = -2147483648;

/** @typedef {0 | 1 | 2} Flag 0 unflagged, 1 picked, 2 rejected */
/** What photos stand under: days, parts by likeness (key 1: really alike, 0: the rest), nothing. @typedef {'day' | 'alike' | 'none'} SectionKind */
/** @typedef {{token: string, total: number, sort: string, sections: SectionKind}} FeedMeta */

export const FLAG_NAMES = /** @type {const} */ (['unflagged', 'picked', 'rejected']);
export const KIND_IMAGE = 0;
export const KIND_RAW = 1;
export const KIND_VIDEO = 2;

/** Width over height for each aspect byte: 2^((b − 128) / 32), steps of 2.2 %, so at most ±1.1 % off. */
export const ASPECTS = Float32Array.from({ length: 256 }, (_, byte) => 2 ** ((byte - 128) / 32));

/** What one photo's bits say. */
export const bits = {
  /** @param {number} b @returns {Flag} */
  flag: (b) => /** @type {Flag} */ (b & 3),
  /** Stars 0–5, or null when there are none, neither own nor suggested. @param {number} b */
  stars: (b) => (((b >> 2) & 7) === 7 ? null : (b >> 2) & 7),
  /** @param {number} b */
  suggested: (b) => (b & (1 << 5)) !== 0,
  /** @param {number} b */
  kind: (b) => (b >> 6) & 3,
  /** @param {number} b */
  pair: (b) => (b & (1 << 8)) !== 0,
  /** @param {number} b */
  offline: (b) => (b & (1 << 9)) !== 0,
  /** @param {number} b */
  missing: (b) => (b & (1 << 10)) !== 0,
  /** @param {number} b */
  unreadable: (b) => (b & (1 << 11)) !== 0,
  /** Colour label 0–7, 0 none. @param {number} b */
  label: (b) => (b >> 12) & 7,
  /** A live photo's clip exists. @param {number} b */
  live: (b) => (b & (1 << 15)) !== 0,
  /** @param {number} b @param {Flag} flag */
  withFlag: (b, flag) => (b & ~3) | flag,
  /** The user's own stars; null takes them away. @param {number} b @param {number | null} stars */
  withStars: (b, stars) => (b & ~(15 << 2)) | ((stars ?? 7) << 2),
  /** @param {number} b @param {number} label */
  withLabel: (b, label) => (b & ~(7 << 12)) | (label << 12),
};

/** RGB565 as a CSS colour. @param {number} colour */
export function cssColour(colour) {
  const red = ((colour >> 11) & 31) * 255 / 31, green = ((colour >> 5) & 63) * 255 / 63, blue = (colour & 31) * 255 / 31;
  return `rgb(${red | 0} ${green | 0} ${blue | 0})`;
}

/** All photos of one view, in order. `bits` may be written: marks show at once. */
export class Feed {
  /**
   * @param {{meta: FeedMeta, sectionCounts: Uint32Array, sectionKeys: Int32Array, ids: Uint32Array,
   *          colours: Uint16Array, bits: Uint16Array, aspects: Uint8Array}} columns
   */
  constructor(columns) {
    this.meta = columns.meta;
    this.count = columns.ids.length;
    this.ids = columns.ids;
    this.colours = columns.colours;
    this.bits = columns.bits;
    this.aspects = columns.aspects;
    this.sectionCounts = columns.sectionCounts;
    this.sectionKeys = columns.sectionKeys;
    this.sections = columns.sectionCounts.length;
    /** Index of the first photo of each section, and the total at the end. */
    this.sectionFirst = prefixSums(columns.sectionCounts);
  }

  /** Position of a photo in the view, −1 when it is not in it. @param {number} id */
  indexOf(id) {
    return this.ids.indexOf(id);
  }

  /** The section that holds a position. @param {number} index */
  sectionOf(index) {
    return lastAtMost(this.sectionFirst, index, this.sections);
  }
}

/**
 * Decode a received feed. Throws a RangeError that says what is wrong when the buffer is not one.
 * @param {ArrayBuffer} buffer
 * @returns {Feed}
 */
export function decodeFeed(buffer) {
  if (buffer.byteLength < HEADER_BYTES) throw new RangeError('The photo list is too short.');
  const header = new DataView(buffer, 0, HEADER_BYTES);
  if (header.getUint32(0, true) !== MAGIC) throw new RangeError('The photo list has an unknown format.');
  const photos = header.getUint32(4, true), sections = header.getUint32(8, true), metaBytes = header.getUint32(12, true);
  const expected = HEADER_BYTES + metaBytes + sections * 8 + photos * 9;
  if (buffer.byteLength < expected) throw new RangeError(`The photo list ends early: ${buffer.byteLength} of ${expected} bytes.`);
  let offset = HEADER_BYTES;
  /** @param {number} bytes */
  const advance = (bytes) => { const at = offset; offset += bytes; return at; };
  const text = new TextDecoder().decode(new Uint8Array(buffer, advance(metaBytes), metaBytes));
  const meta = /** @type {FeedMeta} */ (JSON.parse(text));
  const sectionCounts = new Uint32Array(buffer, advance(sections * 4), sections);
  const sectionKeys = new Int32Array(buffer, advance(sections * 4), sections);
  const whole = sections === 0 && photos > 0; // no sections: the view is one
  const feed = new Feed({
    meta,
    sectionCounts: whole ? Uint32Array.of(photos) : sectionCounts,
    sectionKeys: whole ? Int32Array.of(UNDATED) : sectionKeys,
    ids: new Uint32Array(buffer, advance(photos * 4), photos),
    colours: new Uint16Array(buffer, advance(photos * 2), photos),
    bits: new Uint16Array(buffer, advance(photos * 2), photos),
    aspects: new Uint8Array(buffer, advance(photos), photos),
  });
  const held = feed.sectionFirst[feed.sections];
  if (held !== photos) throw new RangeError(`The sections of the photo list hold ${held} photos, not ${photos}.`);
  return feed;
}

/** Running totals with a leading 0. @param {Uint32Array} counts */
function prefixSums(counts) {
  const sums = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) sums[i + 1] = sums[i] + counts[i];
  return sums;
}

/**
 * The last of the first `length` entries of an ascending table that is ≤ value (0 when none is).
 * @param {Uint32Array | Float64Array} table @param {number} value @param {number} length
 */
export function lastAtMost(table, value, length) {
  let low = 0, high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
