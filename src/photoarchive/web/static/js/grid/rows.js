/** The rows of tiles that are on screen: taken from a pool, filled, moved, given back. Owns no scrolling. */
import { cards } from './cards.js';
import { placeRow } from './layout.js';
import { Tile } from './tile.js';

/** @typedef {import('./layout.js').Layout} Layout */
/** @typedef {import('./pictures.js').Pictures} Pictures */
/** @typedef {import('./view.js').PhotoView} PhotoView */
/** @typedef {{element: HTMLElement, tiles: Tile[], top: number, number: number}} Row */

const lefts = new Int32Array(4096), widths = new Int32Array(4096);

export class GridRows {
  /** @type {Map<number, Row>} */
  #shown = new Map();
  /** @type {Row[]} */
  #spareRows = [];
  /** @type {Tile[]} */
  #spareTiles = [];
  #canvas;
  #pictures;
  #holdKeyboard;
  /** Tiles in rows on screen. */
  tileCount = 0;

  /**
   * @param {HTMLElement} canvas @param {Pictures} pictures
   * @param {() => void} holdKeyboard called when the tile with the keyboard leaves the screen
   */
  constructor(canvas, pictures, holdKeyboard) {
    this.#canvas = canvas;
    this.#pictures = pictures;
    this.#holdKeyboard = holdKeyboard;
  }

  /**
   * Show the rows [from, to].
   * @param {PhotoView} view @param {Layout} layout @param {number} from @param {number} to @param {number} base
   */
  render(view, layout, from, to, base) {
    for (const number of this.#numbers()) if (number < from || number > to) this.#release(number);
    for (let number = to; number >= from; number--) {
      if (!this.#shown.has(number)) this.#show(view, layout, number, base);
    }
    for (const row of this.#spareRows) if (!row.element.hidden) row.element.hidden = true;
  }

  /** The window of the scroll area moved. @param {number} base */
  move(base) {
    for (const row of this.#shown.values()) row.element.style.transform = `translateY(${row.top - base}px)`;
  }

  clear() {
    for (const number of this.#numbers()) this.#release(number);
  }

  /** Rows on screen from above: released in this order and taken from the end, they mostly stay where they are in the
   * document, and an element that is not moved need not be styled anew. */
  #numbers() {
    return [...this.#shown.keys()].sort((a, b) => a - b);
  }

  /** @param {number} index */
  elementOf(index) {
    return this.#tileOf(index)?.element ?? null;
  }

  /** @returns {number[]} */
  ids() {
    return [...this.#tiles()].map((tile) => tile.id);
  }

  /** @param {PhotoView} view */
  refreshBits(view) {
    for (const tile of this.#tiles()) {
      const b = view.feed.bits[tile.index];
      if (tile.bits !== b && view.feed.ids[tile.index] === tile.id) tile.showBits(b);
    }
  }

  /** @param {PhotoView} view */
  refreshSelection(view) {
    for (const tile of this.#tiles()) this.#mark(view, tile);
    this.#setTabStop(view);
  }

  refreshCards() {
    for (const tile of this.#tiles()) {
      const card = cards.get(tile.id);
      if (card && card !== tile.card) tile.showCard(card);
    }
  }

  /** @param {PhotoView} view @param {Layout} layout @param {number} number @param {number} base */
  #show(view, layout, number, base) {
    const row = this.#spareRows.pop() ?? newRow(), first = layout.rowFirst[number];
    const count = placeRow(layout, view.layoutInput, number, lefts, widths);
    this.#fit(row, count);
    row.number = number;
    row.top = layout.rowTop[number];
    row.element.setAttribute('aria-rowindex', String(number + 1));
    row.element.style.transform = `translateY(${row.top - base}px)`;
    row.element.style.blockSize = `${layout.rowHeight[number]}px`;
    for (let n = 0; n < count; n++) {
      const tile = row.tiles[n], index = first + n;
      tile.show(view.feed, index, cards.get(view.feed.ids[index]));
      tile.place(lefts[n], widths[n], layout.rowHeight[number], n + 1);
      this.#mark(view, tile);
      this.#pictures.show(tile);
    }
    this.#shown.set(number, row);
    this.tileCount += count;
    if (row.element.hidden) row.element.hidden = false;
    this.#insert(row);
    this.#keepFocus(view, row);
  }

  /** Rows stand in the document in the order in which they are read. @param {Row} row */
  #insert(row) {
    const next = this.#shown.get(row.number + 1)?.element ?? null;
    if (row.element.isConnected && this.#shownAfter(row.element) === next) return;
    this.#canvas.insertBefore(row.element, next ?? this.#shown.get(row.number - 1)?.element.nextSibling ?? null);
  }

  /** @param {HTMLElement} element @returns {Element | null} the next row that is in use */
  #shownAfter(element) {
    const used = new Set([...this.#shown.values()].map((row) => row.element));
    let at = element.nextElementSibling;
    while (at && !used.has(/** @type {HTMLElement} */ (at))) at = at.nextElementSibling;
    return at;
  }

  /** Give a row as many tiles as it needs. @param {Row} row @param {number} count */
  #fit(row, count) {
    while (row.tiles.length > count) {
      const tile = /** @type {Tile} */ (row.tiles.pop());
      tile.element.remove();
      this.#spareTiles.push(tile);
    }
    while (row.tiles.length < count) {
      const tile = this.#spareTiles.pop() ?? new Tile();
      row.tiles.push(tile);
      row.element.append(tile.element);
    }
  }

  /** @param {number} number */
  #release(number) {
    const row = /** @type {Row} */ (this.#shown.get(number));
    const active = document.activeElement;
    if (active && row.element.contains(active)) this.#holdKeyboard();
    for (const tile of row.tiles) {
      this.#pictures.release(tile);
      tile.clear();
    }
    this.tileCount -= row.tiles.length;
    this.#shown.delete(number);
    this.#spareRows.push(row);
  }

  /** @param {PhotoView} view @param {Tile} tile */
  #mark(view, tile) {
    tile.mark(view.selection.has(tile.index), tile.index === view.selection.focus);
  }

  /** The photo with the focus came back on screen while the grid held the keyboard for it. @param {PhotoView} view @param {Row} row */
  #keepFocus(view, row) {
    const scroller = this.#canvas.parentElement, at = view.selection.focus - (row.tiles[0]?.index ?? Infinity);
    if (at >= 0 && at < row.tiles.length && document.activeElement === scroller) row.tiles[at].element.focus({ preventScroll: true });
    this.#setTabStop(view);
  }

  /** The grid itself is the tab stop while the photo with the focus is off screen. @param {PhotoView} view */
  #setTabStop(view) {
    const scroller = this.#canvas.parentElement, held = this.#tileOf(view.selection.focus) !== undefined;
    if (scroller) scroller.tabIndex = held ? -1 : 0;
  }

  /** @param {number} index */
  #tileOf(index) {
    if (index < 0) return undefined;
    for (const row of this.#shown.values()) {
      const at = index - row.tiles[0].index;
      if (at >= 0 && at < row.tiles.length) return row.tiles[at];
    }
    return undefined;
  }

  *#tiles() {
    for (const row of this.#shown.values()) yield* row.tiles;
  }
}

/** @returns {Row} */
function newRow() {
  const element = document.createElement('div');
  element.className = 'grid-row';
  element.setAttribute('role', 'row');
  return { element, tiles: [], top: 0, number: -1 };
}
