/** Survey: two to four photos side by side with locked zoom and pan; marks go to the active one. */
import { plural } from 'pa/core/format.js';
import { cards } from 'pa/grid/cards.js';
import { bits as read } from 'pa/grid/feed.js';
import { describeBits } from 'pa/grid/tile.js';
import { iconButton } from 'pa/ui/icon_button.js';
import { iconElement } from 'pa/ui/icons.js';
import { Stage } from './stage.js';
import { fromRelative, isFitted, toRelative } from './zoom.js';

/** @typedef {import('pa/grid/view.js').PhotoView} PhotoView */
/** @typedef {import('./stage.js').StagePhoto} StagePhoto */
/** @typedef {import('pa/grid/marks.js').Mark} Mark */
/** @typedef {{photoOf: (id: number) => StagePhoto | null, pictureOf: (photo: StagePhoto) => import('./pictures.js').Picture, bitsOf: (id: number) => number, changed: (ids: number[], active: number) => void, mark: (mark: Mark) => void, open: (id: number) => void, activated: (id: number, picture: HTMLImageElement | null) => void}} SurveyHost activated: keys and details are about this photo now */

export const MOST_SURVEYED = 4;

class Pane {
  element = document.createElement('figure');
  stage;
  #name = document.createElement('figcaption');
  #text = document.createElement('span');
  #marks = document.createElement('span');
  #mark;
  #bits = 0;

  /** @param {number} id @param {{zoomed: (stage: Stage) => void, activate: () => void, mark: (mark: Mark) => void, remove: () => void, open: () => void}} events */
  constructor(id, events) {
    this.id = id;
    this.stage = new Stage({ zoomed: events.zoomed });
    this.element.className = 'survey-pane';
    this.element.dataset.photoId = String(id);
    this.#mark = events.mark;
    this.#marks.className = 'survey-marks';
    this.#marks.setAttribute('role', 'group');
    this.#marks.setAttribute('aria-label', 'Flag and stars');
    this.#marks.append(
      iconButton('flag', 'Pick', () => this.#turn('flag', 1)), iconButton('ban', 'Reject', () => this.#turn('flag', 2)),
      ...[1, 2, 3, 4, 5].map((n) => iconButton('star', plural(n, 'star'), () => this.#turn('stars', n))),
    );
    this.#text.className = 'survey-name';
    this.#name.append(this.#text, this.#marks, iconButton('expand', 'Open alone', events.open), iconButton('x', 'Take out of the survey', events.remove));
    this.element.append(this.stage.element, this.#name);
    this.element.addEventListener('pointerdown', events.activate, { capture: true });
    this.element.addEventListener('focusin', events.activate);
  }

  /** @param {number} b @param {boolean} active */
  describe(b, active) {
    const name = cards.get(this.id)?.filename ?? 'Photo';
    this.#text.textContent = name;
    this.#describeMarks(b);
    this.element.setAttribute('aria-label', [name, describeBits(b), active ? 'active' : ''].filter(Boolean).join(', '));
    this.element.classList.toggle('is-active', active);
  }

  /** Buttons stay the same elements, so that the focus does too. @param {number} b */
  #describeMarks(b) {
    const flag = read.flag(b), stars = read.stars(b) ?? 0, own = !read.suggested(b);
    this.#bits = b;
    for (const [n, mark] of [...this.#marks.children].entries()) {
      const pressed = n < 2 ? flag === n + 1 : stars >= n - 1;
      mark.setAttribute('aria-pressed', String(pressed));
      mark.classList.toggle('is-pick', n === 0);
      mark.classList.toggle('is-reject', n === 1);
      mark.classList.toggle('is-star', n > 1);
      const filled = pressed && n !== 1 && (n === 0 || own);
      if (mark.getAttribute('data-filled') === String(filled)) continue; // a picture that is exchanged under the pointer takes the click along
      mark.setAttribute('data-filled', String(filled));
      mark.replaceChildren(iconElement(n === 0 ? 'flag' : n === 1 ? 'ban' : 'star', { filled }));
    }
  }

  /** Set a mark, or take it away when it is set. @param {'flag' | 'stars'} kind @param {number} value */
  #turn(kind, value) {
    const isSet = kind === 'flag' ? read.flag(this.#bits) === value : read.stars(this.#bits) === value && !read.suggested(this.#bits);
    this.#mark(/** @type {Mark} */ ({ kind, value: isSet ? 0 : value }));
  }
}

export class Survey {
  element = document.createElement('div');
  /** @type {Pane[]} */
  #panes = [];
  #active = 0;
  #host;

  /** @param {SurveyHost} host */
  constructor(host) {
    this.#host = host;
    this.element.className = 'survey';
    this.element.hidden = true;
    this.element.setAttribute('role', 'group');
  }

  get isOpen() { return !this.element.hidden; }
  get active() { return this.#panes[this.#active]?.id ?? 0; }
  get ids() { return this.#panes.map(({ id }) => id); }

  /** @param {number[]} ids two to four */
  show(ids) {
    this.hide();
    this.element.hidden = false;
    this.#panes = ids.slice(0, MOST_SURVEYED).map((id) => new Pane(id, {
      zoomed: (stage) => this.#lock(stage), activate: () => this.activate(this.#panes.findIndex((pane) => pane.id === id)),
      mark: (mark) => this.#host.mark(mark), remove: () => this.#remove(id), open: () => this.#host.open(id),
    }));
    this.element.dataset.count = String(this.#panes.length);
    this.element.setAttribute('aria-label', `Survey of ${plural(this.#panes.length, 'photo')}`);
    this.element.replaceChildren(...this.#panes.map(({ element }) => element));
    for (const { id, stage } of this.#panes) {
      const photo = this.#host.photoOf(id);
      if (photo) stage.show(photo, this.#host.pictureOf(photo));
    }
    this.activate(0);
  }

  hide() {
    for (const { stage } of this.#panes) stage.close();
    this.#panes = [];
    this.element.replaceChildren();
    this.element.hidden = true;
  }

  /** @param {number} at */
  activate(at) {
    this.#active = Math.max(0, Math.min(this.#panes.length - 1, at));
    this.refresh();
    this.#host.activated(this.active, this.stage?.ladder.current?.image ?? null);
  }

  /** @param {number} by */
  move(by) {
    this.activate((this.#active + by + this.#panes.length) % this.#panes.length);
  }

  /** Marks changed. */
  refresh() {
    for (const [n, pane] of this.#panes.entries()) pane.describe(this.#host.bitsOf(pane.id), n === this.#active);
  }

  /** The stage that keys zoom: all others follow. */
  get stage() { return this.#panes[this.#active]?.stage ?? null; }

  /** Show the same part of every photo. @param {Stage} moved */
  #lock(moved) {
    const { frame } = moved;
    if (!frame) return;
    const relative = toRelative(frame, moved.zoom), fitted = isFitted(frame, moved.zoom);
    for (const { stage } of this.#panes) {
      const other = stage.frame;
      if (stage === moved || !other || (fitted && !stage.isZoomed)) continue;
      stage.setZoom(fromRelative(other, fitted ? { factor: 1, cx: 0.5, cy: 0.5 } : relative), { quiet: true });
    }
  }

  /** @param {number} id */
  #remove(id) {
    const rest = this.ids.filter((one) => one !== id);
    this.#host.changed(rest, rest[Math.min(this.#active, rest.length - 1)] ?? id);
  }
}
