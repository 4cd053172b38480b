/**
 * The stage: one photo, as large as it fits, zoomed and moved by pointer, wheel, fingers and keys. Its frame keeps the
 * photo's exact shape from the first coarse picture to the last sharp one.
 */
import { cssColour } from 'pa/grid/feed.js';
import { Clipping } from './clipping.js';
import { Ladder } from './ladder.js';
import { StageOver } from './stage-over.js';
import { listenToStage } from './stage-pointer.js';
import * as model from './zoom.js';

/** @typedef {import('./zoom.js').Zoom} Zoom */
/** @typedef {import('./zoom.js').Frame} Frame */
/** @typedef {import('./zoom.js').Step} Step */
/** @typedef {import('./pictures.js').Picture} Picture */
/** @typedef {{id: number, width: number, height: number, colour: number, cachedOnly: boolean, isRaw: boolean}} StagePhoto */
/** @typedef {{zoomed?: (stage: Stage) => void, shown?: (picture: Picture) => void, failed?: () => void, swiped?: (by: 1 | -1) => void, dismissed?: () => void, tapped?: () => void, held?: () => boolean, released?: () => void}} StageEvents held: whether something plays while it is held */

const GLIDE_MS = 150;
const INSET_PX = 12, NARROW_PX = 600;

export class Stage {
  element = document.createElement('div');
  /** What the picture fills, and whatever lies over it. */
  frameElement = document.createElement('div');
  #layers = document.createElement('div');
  #clipping = new Clipping(this.frameElement);
  #over = new StageOver(this.frameElement);
  #sizes = new ResizeObserver(() => this.#resized());
  #stopListening;
  /** @type {StagePhoto | null} */
  photo = null;
  /** @type {Zoom} */
  zoom = { scale: 1, x: 0, y: 0 };
  /** Zoomed by the user; else the photo always fits. */
  #free = false;
  #width = 0;
  #height = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #gliding;

  /** @param {StageEvents} events */
  constructor(events = {}) {
    this.events = events;
    this.element.className = 'stage';
    this.frameElement.className = 'stage-frame';
    this.#layers.className = 'stage-layers';
    this.frameElement.append(this.#layers);
    this.#clipping.attach();
    this.#over.attach();
    this.element.append(this.frameElement);
    this.ladder = new Ladder(this.#layers, { shown: (picture) => this.#shown(picture), failed: () => events.failed?.() });
    this.#stopListening = listenToStage(this);
    this.#sizes.observe(this.element);
  }

  get isZoomed() { return this.#free; }

  /** @returns {Frame | null} */
  get frame() {
    const { photo } = this;
    if (!photo || this.#width === 0) return null;
    return { stageWidth: this.#width, stageHeight: this.#height, width: photo.width, height: photo.height, pixelRatio: devicePixelRatio || 1, inset: this.#width < NARROW_PX ? 0 : INSET_PX };
  }

  /** Another photo; zoomed in, it shows the same part at the same enlargement. @param {StagePhoto} photo @param {Picture} md */
  show(photo, md) {
    const before = this.#free ? this.frame : null;
    this.photo = photo;
    this.#over.show(photo.id);
    this.ladder.clear();
    this.#clipping.clear();
    this.#measure();
    this.frameElement.hidden = false;
    this.frameElement.style.backgroundColor = cssColour(photo.colour);
    const { frame } = this;
    if (before && frame) this.setZoom(model.carried(before, this.zoom, frame));
    else this.#fit();
    this.ladder.show(photo, md);
  }

  /** Show nothing. */
  clear() {
    this.photo = null;
    this.#over.show(0);
    this.ladder.clear();
    this.#clipping.clear();
    this.frameElement.hidden = true;
  }

  /** @param {Zoom} zoom @param {{glide?: boolean, quiet?: boolean}} [options] quiet: do not tell (it came from another stage) */
  setZoom(zoom, { glide = false, quiet = false } = {}) {
    const { frame } = this;
    if (!frame) return;
    this.zoom = zoom;
    this.#free = !model.isFitted(frame, zoom);
    this.#place(frame, glide);
    this.ladder.need(Math.max(frame.width, frame.height) * zoom.scale * frame.pixelRatio);
    if (!quiet) this.events.zoomed?.(this);
  }

  /** @param {number} factor @param {number} [px] @param {number} [py] point of the stage that stays, else its middle */
  zoomBy(factor, px = this.#width / 2, py = this.#height / 2) {
    const { frame } = this;
    if (frame) this.setZoom(model.zoomAt(frame, this.zoom, this.zoom.scale * factor, px, py));
  }

  /** @param {1 | -1} direction */
  step(direction) {
    const { frame } = this;
    if (frame) this.setZoom(model.zoomAt(frame, this.zoom, model.neighbourStep(frame, this.zoom, direction), this.#width / 2, this.#height / 2), { glide: true });
  }

  /** Fit ↔ 1:1. @param {number} [px] @param {number} [py] */
  toggle(px = this.#width / 2, py = this.#height / 2) {
    const { frame } = this;
    if (frame) this.setZoom(model.toggled(frame, this.zoom, px, py), { glide: true });
  }

  /** @param {Step} step */
  goTo(step) {
    const { frame } = this;
    if (frame) this.setZoom(model.zoomAt(frame, this.zoom, model.stepScale(frame, step), this.#width / 2, this.#height / 2), { glide: true });
  }

  /** @param {number} dx @param {number} dy */
  pan(dx, dy) {
    const { frame } = this;
    if (frame) this.setZoom(model.pan(frame, this.zoom, dx, dy));
  }

  /** @param {boolean} on */
  showClipping(on) {
    this.#clipping.on = on;
    this.#clipping.draw(this.ladder.current?.image ?? null);
  }

  get zoomName() {
    const { frame } = this;
    return frame ? model.zoomName(frame, this.zoom) : '';
  }

  close() {
    clearTimeout(this.#gliding);
    this.#sizes.disconnect();
    this.#stopListening();
    this.#over.close();
    this.ladder.clear();
  }

  /** @param {Picture} picture */
  #shown(picture) {
    this.#clipping.draw(picture.image);
    const { frame } = this;
    if (frame && this.#free) this.ladder.need(Math.max(frame.width, frame.height) * this.zoom.scale * frame.pixelRatio);
    this.events.shown?.(picture);
  }

  #measure() {
    this.#width = this.element.clientWidth;
    this.#height = this.element.clientHeight;
  }

  #resized() {
    const before = this.frame, relative = before && this.#free ? model.toRelative(before, this.zoom) : null;
    this.#measure();
    const { frame } = this;
    if (!frame) return;
    if (relative) this.setZoom(model.fromRelative(frame, relative));
    else this.#fit();
  }

  #fit() {
    const { frame } = this;
    this.#free = false;
    if (!frame) return;
    this.zoom = model.fitted(frame);
    this.#place(frame, false);
    this.events.zoomed?.(this);
  }

  /** @param {Frame} frame @param {boolean} glide */
  #place(frame, glide) {
    const fit = model.fitScale(frame), width = Math.round(frame.width * fit), height = Math.round(frame.height * fit), { style } = this.frameElement;
    const scale = this.zoom.scale / fit, x = this.#free ? this.zoom.x : Math.round(this.zoom.x), y = this.#free ? this.zoom.y : Math.round(this.zoom.y);
    style.setProperty('--stage-scale', String(this.#free ? scale : 1));
    style.inlineSize = `${width}px`;
    style.blockSize = `${height}px`;
    style.transform = scale === 1 || !this.#free ? `translate(${x}px, ${y}px)` : `translate(${x}px, ${y}px) scale(${scale})`;
    this.element.classList.toggle('is-zoomed', this.#free);
    clearTimeout(this.#gliding);
    this.frameElement.classList.toggle('is-gliding', glide);
    if (glide) this.#gliding = setTimeout(() => this.frameElement.classList.remove('is-gliding'), GLIDE_MS);
    this.frameElement.classList.toggle('is-pixelated', this.zoom.scale * frame.pixelRatio >= 3);
  }
}
