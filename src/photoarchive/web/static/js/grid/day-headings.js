/**
 * The headings of days and months, and of parts by likeness, between the rows of the grid. Recycled like the tiles; a heading is a row of the grid
 * with one cell, so that screen readers meet it in order.
 */
import { plural } from 'pa/core/format.js';
import { iconElement } from 'pa/ui/icons.js';
import { dayTitle, monthTitle, shortDate, shortDayTitle } from './dates.js';
import { followDayPlaces, placeOfDay } from './day-places.js';
import { lastAtMost } from './feed.js';
import { NEW_MONTH, SPARSE, placeRow } from './layout.js';

/** @typedef {import('./layout.js').Layout} Layout */
/** @typedef {import('./view.js').PhotoView} PhotoView */

const lefts = new Int32Array(4096), widths = new Int32Array(4096);

/** In a narrower place the number of photos is left out. */
const COUNT_ROOM_PX = 190;
/** And in a narrower one the place. */
const PLACE_ROOM_PX = 330;
/** A day in rows of its own is named in full where there is room. */
const FULL_ROOM_PX = 480;
/** Narrower still, the title alone. */
const SELECT_ROOM_PX = 140;

class Heading {
  element = document.createElement('div');
  month = document.createElement('h2');
  #day = document.createElement('h3');
  #place = document.createElement('span');
  #count = document.createElement('span');
  #select = document.createElement('button');
  section = -1;
  top = 0;
  #width = 0;

  /** @param {(section: number) => void} select */
  constructor(select) {
    const cell = document.createElement('div'), line = document.createElement('div');
    this.element.className = 'grid-heading';
    this.element.setAttribute('role', 'row');
    cell.setAttribute('role', 'gridcell');
    this.month.className = 'grid-month';
    line.className = 'grid-day';
    this.#place.className = 'grid-day-place';
    this.#count.className = 'grid-day-count';
    this.#select.className = 'grid-day-select';
    this.#select.type = 'button';
    this.#select.tabIndex = -1;
    this.#select.append(iconElement('circle-check'));
    this.#select.addEventListener('click', () => select(this.section));
    line.append(this.#day, this.#place, this.#count, this.#select);
    cell.append(this.month, line);
    this.element.append(cell);
  }

  /** Say where the day was spent, where there is room for it. @param {PhotoView} view */
  name(view) {
    this.#place.textContent = this.#width < PLACE_ROOM_PX ? '' : placeOfDay(view, this.section);
  }

  /** @param {PhotoView} view @param {Layout} layout @param {number} section @param {number} left @param {number} width */
  show(view, layout, section, left, width) {
    const { feed } = view, key = feed.sectionKeys[section], count = feed.sectionCounts[section];
    const month = layout.months[section] === NEW_MONTH, sparse = (layout.months[section] & SPARSE) !== 0, room = month ? layout.options.monthHeader : 0, shared = width < layout.options.width;
    this.section = section;
    this.top = layout.sectionTop[section] - room;
    this.month.hidden = !month;
    this.month.textContent = month ? monthTitle(key) : '';
    const alike = feed.meta.sections === 'alike', full = alike ? alikeTitle(key) : dayTitle(key);
    this.#day.textContent = alike || (!shared && width >= FULL_ROOM_PX) ? full : sparse ? shortDate(key) : shortDayTitle(key);
    this.#day.title = full;
    this.#day.ariaLevel = alike ? '2' : null;       // there are no months above it
    this.#width = width;
    this.name(view);
    this.#count.textContent = shared && width < COUNT_ROOM_PX ? '' : plural(count, 'photo');
    this.#select.setAttribute('aria-label', alike ? `Select all under ${full}` : `Select ${full}`);
    this.#select.title = alike ? 'Select these photos' : 'Select this day';
    this.#select.hidden = width < SELECT_ROOM_PX;
    this.element.style.insetInlineStart = `${left}px`;
    this.element.style.inlineSize = month ? '100%' : `${width}px`;
    this.element.style.setProperty('--day-width', `${width}px`);
    this.element.style.blockSize = `${room + layout.options.dayHeader}px`;
  }
}

/** @param {number} key of the part */
const alikeTitle = (key) => (key ? 'Alike' : 'Less and less alike');

export class DayHeadings {
  /** @type {Map<number, Heading>} */
  #shown = new Map();
  /** @type {Heading[]} */
  #spare = [];
  #canvas;
  #select;

  /** @param {HTMLElement} canvas @param {(section: number) => void} select */
  constructor(canvas, select) {
    this.#canvas = canvas;
    this.#select = select;
  }

  /**
   * Show the headings of the rows [from, to].
   * @param {PhotoView} view @param {Layout} layout @param {number} from @param {number} to @param {number} base
   */
  render(view, layout, from, to, base) {
    const { sectionFirst, sections } = view.feed;
    const first = lastAtMost(sectionFirst, layout.rowFirst[from], sections);
    const last = lastAtMost(sectionFirst, layout.rowFirst[to + 1] - 1, sections);
    for (const [section, heading] of this.#shown) if (section < first || section > last) this.#release(heading);
    for (let section = first; section <= last; section++) {
      if (!this.#shown.has(section)) this.#show(view, layout, section, base);
    }
  }

  /** The user rests: ask where the days were spent. @param {PhotoView} view */
  settled(view) {
    if (this.#shown.size && view.feed.meta.sections === 'day') followDayPlaces(view, () => this.#named(view));
  }

  /** @param {number} base */
  move(base) {
    for (const heading of this.#shown.values()) this.#place(heading, base);
  }

  /** The names of the days are there: show them on the headings in sight. @param {PhotoView} view */
  #named(view) {
    for (const heading of this.#shown.values()) heading.name(view);
  }

  clear() {
    for (const heading of this.#shown.values()) this.#release(heading);
  }

  /** @param {PhotoView} view @param {Layout} layout @param {number} section @param {number} base */
  #show(view, layout, section, base) {
    const heading = this.#spare.pop() ?? new Heading(this.#select), row = layout.sectionRow[section];
    const count = placeRow(layout, view.layoutInput, row, lefts, widths), rowFirst = layout.rowFirst[row];
    const at = view.feed.sectionFirst[section] - rowFirst, next = view.feed.sectionFirst[section + 1] - rowFirst;
    const right = next < count ? lefts[next] - layout.options.dayGap : layout.options.width;
    heading.show(view, layout, section, lefts[at], right - lefts[at]);
    this.#shown.set(section, heading);
    this.#place(heading, base);
    heading.element.hidden = false;
    if (!heading.element.isConnected) this.#canvas.append(heading.element);
  }

  /** @param {Heading} heading @param {number} base */
  #place(heading, base) {
    heading.element.style.transform = `translateY(${heading.top - base}px)`;
  }

  /** @param {Heading} heading */
  #release(heading) {
    heading.element.hidden = true;
    this.#shown.delete(heading.section);
    this.#spare.push(heading);
  }
}
