/**
 * The rail at the right of the grid: drag or press to fly through the whole view, years marked along it, a bubble with the
 * month while moving. A slider for the keyboard: arrows go by month, Page Up and Down by year.
 */
import { count } from 'pa/core/format.js';
import { UNDATED } from './feed.js';
import { monthTitle, shortMonth, yearOf } from './dates.js';
import { NEW_MONTH, SPARSE } from './layout.js';

/** @typedef {import('./grid-view.js').GridView} GridView */
/** @typedef {{section: number, share: number}} Stop */

const LABEL_ROOM_PX = 26;

export class Scrubber {
  element = document.createElement('div');
  #marks = document.createElement('div');
  #thumb = document.createElement('div');
  #now = document.createElement('div');
  #bubble = document.createElement('div');
  #grid;
  /** First sections of the months, of the years. @type {Stop[]} */
  #months = [];
  /** @type {Stop[]} */
  #years = [];
  #dated = false;
  #height = 1;
  #shownSection = -2;
  /** Milliseconds each jump took, for the benchmark. @type {number[]} */
  jumpTimes = [];

  /** @param {GridView} grid */
  constructor(grid) {
    this.#grid = grid;
    this.element.className = 'scrubber';
    /** @type {any} */ (this.element).scrubber = this; // for the benchmark
    this.element.tabIndex = 0;
    this.element.setAttribute('role', 'slider');
    this.element.setAttribute('aria-orientation', 'vertical');
    this.element.setAttribute('aria-controls', 'grid');
    this.#marks.className = 'scrubber-marks';
    this.#thumb.className = 'scrubber-thumb';
    this.#now.className = 'scrubber-now';
    this.#bubble.className = 'scrubber-bubble';
    this.#bubble.hidden = true;
    this.element.append(this.#marks, this.#thumb, this.#now, this.#bubble);
    this.element.addEventListener('pointerdown', (event) => this.#press(event));
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.#sizes.observe(this.element);
  }

  #sizes = new ResizeObserver(() => {
    this.#height = Math.max(1, this.element.clientHeight);
    this.#drawMarks();
    this.moved();
  });

  /** The grid was laid out anew. */
  update() {
    const { layout, view } = this.#grid;
    if (!layout || !view) return;
    this.#dated = view.feed.meta.sections === 'day' && view.feed.sections > 0;
    this.#months = [];
    this.#years = [];
    let year = NaN;
    if (this.#dated) {
      for (let k = 0; k < view.feed.sections; k++) {
        if (!(layout.months[k] & NEW_MONTH)) continue;
        const key = view.feed.sectionKeys[k], stop = { section: k, share: this.#shareOf(layout.sectionTop[k]) };
        this.#months.push(stop);
        if (yearOf(key) !== year) this.#years.push(stop);
        year = yearOf(key);
      }
    }
    this.#shownSection = -2;
    this.element.hidden = this.#grid.maxTop === 0;
    this.element.setAttribute('aria-label', this.#dated ? 'Date' : 'Position');
    this.element.setAttribute('aria-valuemin', '0');
    this.element.setAttribute('aria-valuemax', String(this.#dated ? this.#months.length - 1 : view.feed.count));
    this.#drawMarks();
    this.moved();
  }

  /** The grid scrolled. */
  moved() {
    const { layout, view, top } = this.#grid;
    if (!layout || !view || layout.rows === 0) return;
    const y = this.#shareOf(top) * this.#height;
    this.#thumb.style.transform = `translateY(${y}px)`;
    this.#now.style.transform = `translateY(${Math.min(this.#height - 30, Math.max(0, y - 14))}px)`;
    const section = this.#grid.sectionOnTop();
    if (section !== this.#shownSection || !this.#dated) this.#say(section);
  }

  close() {
    this.#sizes.disconnect();
  }

  /** @param {number} section */
  #say(section) {
    const { layout, view, top } = this.#grid;
    if (!layout || !view) return;
    this.#shownSection = section;
    const key = view.feed.sectionKeys[section];
    if (this.#dated) {
      const month = Math.max(0, this.#months.findLastIndex((stop) => stop.section <= section));
      this.element.setAttribute('aria-valuenow', String(month));
      this.element.setAttribute('aria-valuetext', monthTitle(key));
      this.#bubble.textContent = monthTitle(key);
      this.#now.textContent = key === UNDATED ? 'No date' : `${shortMonth(key)}\n${yearOf(key)}`;
      return;
    }
    const position = Math.round((top / Math.max(1, this.#grid.maxTop)) * (view.feed.count - 1)) + 1;
    const words = `Photo ${count(position)} of ${count(view.feed.count)}`;
    this.element.setAttribute('aria-valuenow', String(position));
    this.element.setAttribute('aria-valuetext', words);
    this.#bubble.textContent = words;
    this.#now.textContent = '';
  }

  #drawMarks() {
    const labels = [];
    let last = -LABEL_ROOM_PX;
    for (const { section, share } of this.#years) {
      const y = share * this.#height, key = this.#grid.view?.feed.sectionKeys[section] ?? UNDATED;
      if (y - last < LABEL_ROOM_PX || y > this.#height - 20) continue;
      const label = document.createElement('span');
      label.textContent = key === UNDATED ? '–' : String(yearOf(key));
      label.style.transform = `translateY(${y}px)`;
      labels.push(label);
      last = y;
    }
    this.#marks.replaceChildren(...labels);
  }

  /** @param {number} y px of the view */
  #shareOf(y) {
    return Math.min(1, Math.max(0, y / Math.max(1, this.#grid.maxTop)));
  }

  /** @param {number} share 0–1 */
  jump(share) {
    const started = performance.now();
    this.#grid.jumpTo(share * this.#grid.maxTop);
    this.jumpTimes.push(performance.now() - started);
    if (this.jumpTimes.length > 2000) this.jumpTimes.splice(0, 1000);
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    this.#bubble.hidden = false;
    this.element.classList.add('is-held');
    const box = this.element.getBoundingClientRect();
    let wanted = 0, frame = 0;
    const go = () => {
      frame = 0;
      this.jump(wanted);
      this.#bubble.style.transform = `translateY(${Math.min(this.#height - 28, Math.max(0, wanted * this.#height - 14))}px)`;
    };
    const follow = (/** @type {PointerEvent} */ at) => {
      wanted = Math.min(1, Math.max(0, (at.clientY - box.top) / this.#height));
      frame ||= requestAnimationFrame(go);
    };
    follow(event);
    const controller = new AbortController(), { signal } = controller;
    const end = () => {
      controller.abort();
      if (frame) {
        cancelAnimationFrame(frame);
        go();
      }
      this.#bubble.hidden = true;
      this.element.classList.remove('is-held');
    };
    this.element.addEventListener('pointermove', follow, { signal });
    this.element.addEventListener('pointerup', end, { signal });
    this.element.addEventListener('pointercancel', end, { signal });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 });
    const { key } = event;
    if (key === 'Home') this.jump(0);
    else if (key === 'End') this.jump(1);
    else if (key in steps) this.#step(this.#months, steps[key]);
    else if (key === 'PageDown') this.#step(this.#years, 1);
    else if (key === 'PageUp') this.#step(this.#years, -1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** To the next or previous month or year; without dates by a hundredth. @param {Stop[]} stops @param {number} by */
  #step(stops, by) {
    const share = this.#shareOf(this.#grid.top), near = 1 / Math.max(1, this.#grid.maxTop);
    if (!this.#dated) {
      this.jump(share + by / 100);
      return;
    }
    const next = by > 0 ? stops.find((stop) => stop.share > share + near * 2) : stops.findLast((stop) => stop.share < share - near * 2);
    const { layout } = this.#grid;
    if (!layout) return;
    if (!next) this.jump(by > 0 ? 1 : 0);
    else this.#grid.jumpTo(layout.sectionTop[next.section] - (layout.months[next.section] & SPARSE ? 0 : layout.options.monthHeader));
  }
}

