/**
 * One photo as it stands in the grid: colour, picture, badges. Tiles are recycled: `show` turns one into another photo.
 * Names and reasons are always set as text, never as markup.
 */
import { clipLength, plural } from 'pa/core/format.js';
import { iconElement } from 'pa/ui/icons.js';
import { FLAG_NAMES, KIND_RAW, KIND_VIDEO, bits as read, cssColour } from './feed.js';

/** @typedef {import('./cards.js').Card} Card */
/** @typedef {import('./feed.js').Feed} Feed */

export const LABEL_NAMES = ['No label', 'Red', 'Yellow', 'Green', 'Blue', 'Purple', 'Orange', 'Grey'];

/** Badge groups by the bits they show, built once and cloned. @type {Map<string, Element>} */
const built = new Map();

/** @param {string} key @param {() => Element} build */
function badge(key, build) {
  let element = built.get(key);
  if (!element) built.set(key, element = build());
  return /** @type {HTMLElement} */ (element.cloneNode(true));
}

/** @param {string} className @param {string} name @param {boolean} [filled] */
function iconBadge(className, name, filled = false) {
  return badge(className + name, () => {
    const element = document.createElement('span');
    element.className = `badge ${className}`;
    element.append(iconElement(name, { filled }));
    return element;
  });
}

const SVG = 'http://www.w3.org/2000/svg', STAR_PX = 12;

/** Corners of a five-pointed star in a square of 12 px. @param {number} left */
function starPath(left) {
  const corners = Array.from({ length: 10 }, (_, n) => {
    const radius = n % 2 ? 2.1 : 4.9, angle = (n * Math.PI) / 5 - Math.PI / 2;
    return `${(left + 6 + radius * Math.cos(angle)).toFixed(1)} ${(6.4 + radius * Math.sin(angle)).toFixed(1)}`;
  });
  return `M${corners.join('L')}Z`;
}

/** Stars as one shape: a tile is drawn again often, and each element costs. @param {number} stars @param {boolean} suggested */
function starBadge(stars, suggested) {
  return badge(`stars${stars}${suggested}`, () => {
    const element = document.createElement('span'), picture = document.createElementNS(SVG, 'svg'), path = document.createElementNS(SVG, 'path');
    element.className = suggested ? 'badge badge-stars is-suggested' : 'badge badge-stars';
    element.dataset.stars = String(stars);
    picture.setAttribute('width', String(STAR_PX * stars));
    picture.setAttribute('height', String(STAR_PX));
    picture.setAttribute('aria-hidden', 'true');
    path.setAttribute('d', Array.from({ length: stars }, (_, n) => starPath(n * STAR_PX)).join(''));
    picture.append(path);
    element.append(picture);
    return element;
  });
}

/** @param {string} text */
function textBadge(text) {
  const element = document.createElement('span');
  element.className = 'badge badge-text';
  element.textContent = text;
  return element;
}

/** What bits say, in words for screen readers and tooltips. @param {number} b */
export function describeBits(b) {
  const parts = [], stars = read.stars(b);
  if (read.flag(b)) parts.push(FLAG_NAMES[read.flag(b)]);
  if (stars) parts.push(read.suggested(b) ? `${plural(stars, 'star')} suggested` : plural(stars, 'star'));
  if (read.label(b)) parts.push(`${LABEL_NAMES[read.label(b)].toLowerCase()} label`);
  if (read.kind(b) === KIND_VIDEO) parts.push('video');
  if (read.kind(b) === KIND_RAW) parts.push('RAW');
  if (read.offline(b)) parts.push('drive not connected');
  if (read.missing(b)) parts.push('file missing');
  if (read.unreadable(b)) parts.push('cannot be read');
  return parts.join(', ');
}

export class Tile {
  element = document.createElement('div');
  image = new Image();
  #top = document.createElement('div');
  #bottom = document.createElement('div');
  #name = document.createElement('div');
  /** Bits the badges show, −1 none yet. */
  #shownBits = -1;
  index = -1;
  id = 0;
  bits = 0;
  /** @type {Card | undefined} */
  card = undefined;

  /** @param {'gridcell' | 'button'} [role] */
  constructor(role = 'gridcell') {
    this.element.className = 'tile';
    this.element.setAttribute('role', role);
    this.element.tabIndex = -1;
    this.image.className = 'tile-picture';
    this.image.alt = '';
    this.image.decoding = 'async';
    this.image.draggable = false;
    this.#top.className = 'tile-badges tile-top';
    this.#bottom.className = 'tile-badges tile-bottom';
    this.#name.className = 'tile-name';
    const check = document.createElement('span');
    check.className = 'tile-check';
    this.element.append(this.image, this.#name, this.#top, this.#bottom, check);
    /** @type {any} */ (this.element).tile = this;
  }

  /** Become another photo. @param {Feed} feed @param {number} index @param {Card | undefined} card */
  show(feed, index, card) {
    this.index = index;
    this.id = feed.ids[index];
    this.element.dataset.photoId = String(this.id);
    this.element.style.backgroundColor = cssColour(feed.colours[index]);
    this.card = card;
    this.showBits(feed.bits[index], true);
  }

  /** Stand for no photo, until it is used again. */
  clear() {
    this.element.removeAttribute('data-photo-id');
    this.element.classList.remove('is-marked', 'is-rejected', 'is-unreadable', 'is-missing');
    this.#shownBits = -1;
    this.index = -1;
    this.id = 0;
    this.card = undefined;
  }

  /** @param {number} left @param {number} width @param {number} height @param {number} [column] */
  place(left, width, height, column) {
    const { style } = this.element;
    style.insetInlineStart = `${left}px`;
    style.inlineSize = `${width}px`;
    style.blockSize = `${height}px`;
    this.element.classList.toggle('is-narrow', width < 100);
    if (column !== undefined) this.element.setAttribute('aria-colindex', String(column));
  }

  /** @param {number} b @param {boolean} [anew] the photo changed, so the words did */
  showBits(b, anew = false) {
    this.bits = b;
    if (b !== this.#shownBits) this.#drawBadges(b);
    else if (anew) this.#drawFromCard();
    this.#describe();
  }

  /** The photo's card arrived. @param {Card} card */
  showCard(card) {
    this.card = card;
    this.#drawFromCard();
    this.#describe();
  }

  /** @param {boolean} selected @param {boolean} focused */
  mark(selected, focused) {
    this.element.setAttribute('aria-selected', String(selected));
    this.element.classList.toggle('is-focused', focused);
    this.element.tabIndex = focused ? 0 : -1;
  }

  /** @param {number} b */
  #drawBadges(b) {
    this.#shownBits = b;
    const top = [], bottom = [], stars = read.stars(b), label = read.label(b);
    if (read.offline(b)) top.push(iconBadge('badge-offline', 'unplug'));
    if (read.missing(b)) top.push(iconBadge('badge-missing', 'file-x'));
    if (read.unreadable(b)) top.push(iconBadge('badge-unreadable', 'file-warning'));
    if (read.live(b)) top.push(iconBadge('badge-live', 'aperture'));
    if (read.kind(b) === KIND_RAW) top.push(badge('raw', () => textBadge('RAW')));
    if (read.pair(b) && !read.live(b)) top.push(iconBadge('badge-pair', 'layers'));
    if (read.kind(b) === KIND_VIDEO) top.push(iconBadge('badge-video', 'play', true));
    if (read.flag(b) === 1) bottom.push(iconBadge('badge-pick', 'flag', true));
    if (read.flag(b) === 2) bottom.push(iconBadge('badge-reject', 'x'));
    if (stars) bottom.push(starBadge(stars, read.suggested(b)));
    if (label) bottom.push(labelBadge(label));
    this.#top.replaceChildren(...top);
    this.#bottom.replaceChildren(...bottom);
    this.#drawFromCard();
    this.element.classList.toggle('is-marked', bottom.length > 0);
    this.element.classList.toggle('is-rejected', read.flag(b) === 2);
    this.element.classList.toggle('is-unreadable', read.unreadable(b));
    this.element.classList.toggle('is-missing', read.missing(b));
  }

  /** What only the card knows: damage, for how many alike photos it stands, and how long a video is. */
  #drawFromCard() {
    this.#drawStack();
    this.#top.querySelector('.badge-damaged')?.remove();
    if (this.card?.damaged) this.#top.prepend(iconBadge('badge-damaged', 'file-warning'));
    this.#drawDuration();
  }

  #drawStack() {
    this.#top.querySelector('.badge-stack')?.remove();
    const { stack } = this.card ?? {};
    if (!stack) return;
    const element = iconBadge('badge-stack', 'copy'), number = document.createElement('span');
    number.textContent = String(stack);
    element.append(number);
    this.#top.prepend(element);
  }

  #drawDuration() {
    if (read.kind(this.bits) !== KIND_VIDEO) return;
    const holder = this.#top.lastElementChild, text = (this.card?.duration ?? 0) >= 0.5 ? clipLength(this.card?.duration ?? 0) : '';
    if (!holder || !holder.classList.contains('badge-video')) return;
    holder.querySelector('.badge-length')?.remove();
    if (!text) return;
    const length = document.createElement('span');
    length.className = 'badge-length';
    length.textContent = text;
    holder.prepend(length);
  }

  #describe() {
    const name = this.card?.filename ?? '', about = describeBits(this.bits), reason = this.reason;
    const rating = this.card?.comparisons ? Math.round(this.card.elo) : 0;
    this.#name.textContent = read.unreadable(this.bits) ? unreadableText(name, reason) : rating ? `${name} · ${rating}` : name;
    const length = this.#top.querySelector('.badge-length')?.textContent;
    this.element.setAttribute('aria-label', [name || `Photo ${this.index + 1}`, about, rating ? `rating ${rating}` : '', length, this.card?.stack ? `best of ${this.card.stack} photos that look alike` : '', reason].filter(Boolean).join(', '));
  }

  /** Why the photo cannot be read, or only in part, once its card is known. */
  get reason() {
    return (read.unreadable(this.bits) ? this.card?.unreadable : this.card?.damaged) ?? '';
  }
}

/** @param {string} name @param {string} reason */
function unreadableText(name, reason) {
  return [name, reason || 'cannot be read'].filter(Boolean).join(': ');
}

/** @param {number} label */
function labelBadge(label) {
  return badge(`label${label}`, () => {
    const element = document.createElement('span');
    element.className = 'badge badge-label';
    element.dataset.label = String(label);
    return element;
  });
}
