/**
 * Which photos of a view are selected, which one has the focus, and from where Shift extends. One byte a photo, so a
 * million can be selected in a millisecond. Positions belong to one feed; `carryOver` moves a selection to another one.
 * Owns no DOM; tells one listener after each change.
 */

export class Selection {
  /** @type {Uint8Array} 1 where selected */
  marks;
  count = 0;
  /** Position with the focus, −1 none. */
  focus = -1;
  /** Where a Shift range starts, −1 none. */
  anchor = -1;

  /** @param {number} length photos in the view @param {() => void} [changed] */
  constructor(length, changed = () => {}) {
    this.marks = new Uint8Array(length);
    this.changed = changed;
  }

  get length() { return this.marks.length; }
  get all() { return this.count > 0 && this.count === this.length; }

  /** @param {number} index */
  has(index) { return this.marks[index] === 1; }

  /** Select just this photo. @param {number} index */
  only(index) {
    this.marks.fill(0);
    this.marks[index] = 1;
    this.count = 1;
    this.focus = this.anchor = index;
    this.changed();
  }

  /** Add or take away one photo. @param {number} index */
  toggle(index) {
    this.marks[index] ^= 1;
    this.count += this.marks[index] ? 1 : -1;
    this.focus = this.anchor = index;
    this.changed();
  }

  /**
   * From the anchor to this photo; the rest is kept when `adding`, else dropped.
   * @param {number} index @param {boolean} adding
   */
  extend(index, adding) {
    const from = this.anchor < 0 ? index : this.anchor;
    if (!adding) this.marks.fill(0);
    this.marks.fill(1, Math.min(from, index), Math.max(from, index) + 1);
    this.anchor = from;
    this.focus = index;
    this.#recount();
    this.changed();
  }

  /** Add the photos [first, end), or take them away when all of them are selected. @param {number} first @param {number} end */
  toggleRange(first, end) {
    const full = !this.marks.subarray(first, end).includes(0);
    this.marks.fill(full ? 0 : 1, first, end);
    this.focus = this.anchor = first;
    this.#recount();
    this.changed();
  }

  selectAll() {
    this.marks.fill(1);
    this.count = this.length;
    this.changed();
  }

  clear() {
    this.marks.fill(0);
    this.count = 0;
    this.anchor = this.focus;
    this.changed();
  }

  /** Move the focus without selecting. @param {number} index */
  focusOn(index) {
    this.focus = index;
    if (this.count === 0) this.anchor = index;
    this.changed();
  }

  /** Selected positions, ascending. @returns {Uint32Array} */
  indexes() {
    const found = new Uint32Array(this.count);
    let n = 0;
    for (let i = this.marks.indexOf(1); i >= 0; i = this.marks.indexOf(1, i + 1)) found[n++] = i;
    return found;
  }

  /** What verbs act on: the selection, else the photo with the focus. @returns {Uint32Array} */
  targets() {
    if (this.count > 0) return this.indexes();
    return this.focus >= 0 && this.focus < this.length ? Uint32Array.of(this.focus) : new Uint32Array(0);
  }

  /**
   * The same photos in another feed; those that are not in it are dropped.
   * @param {Uint32Array} oldIds @param {Uint32Array} newIds @returns {Selection}
   */
  carryOver(oldIds, newIds) {
    const next = new Selection(newIds.length, this.changed);
    next.focus = this.focus >= 0 ? newIds.indexOf(oldIds[this.focus]) : -1;
    next.anchor = this.anchor >= 0 ? newIds.indexOf(oldIds[this.anchor]) : -1;
    if (this.count > 0) {
      const wanted = new Set();
      for (const index of this.indexes()) wanted.add(oldIds[index]);
      for (let i = 0; i < newIds.length; i++) if (wanted.has(newIds[i])) next.marks[i] = 1;
      next.#recount();
    }
    return next;
  }

  /** Select these positions (when a page comes back). @param {Iterable<number>} indexes */
  restore(indexes) {
    for (const index of indexes) if (index >= 0 && index < this.length) this.marks[index] = 1;
    this.#recount();
    this.changed();
  }

  #recount() {
    let count = 0;
    for (const mark of this.marks) count += mark;
    this.count = count;
  }
}
