/** What pointer, wheel and fingers do on a stage: click, hold, drag, wheel, pinch, double tap, swipe. */
import * as model from './zoom.js';

/** @typedef {import('./stage.js').Stage} Stage */
/** @typedef {{x: number, y: number}} Point */

const CLICK_PX = 5, SWIPE_PX = 48, DOUBLE_TAP_MS = 280, HOLD_MS = 350;
/** A notch of a mouse wheel; touch pads send many small steps instead. */
const NOTCH_PX = 50;

/** @param {Stage} stage @returns {() => void} stops it */
export function listenToStage(stage) {
  const controller = new AbortController(), { signal } = controller, gesture = new Gesture(stage);
  const { element } = stage;
  element.addEventListener('wheel', (event) => onWheel(stage, event), { signal, passive: false });
  element.addEventListener('pointerdown', (event) => gesture.down(event), { signal });
  element.addEventListener('pointermove', (event) => gesture.move(event), { signal });
  element.addEventListener('pointerup', (event) => gesture.up(event), { signal });
  element.addEventListener('contextmenu', (event) => { if (gesture.isHeld) event.preventDefault(); }, { signal }); // what a long touch opens
  element.addEventListener('pointercancel', (event) => gesture.cancel(event), { signal });
  return () => controller.abort();
}

/** @param {Stage} stage @param {WheelEvent} event */
function onWheel(stage, event) {
  if (event.target instanceof Element && event.target.closest('video')) return;
  event.preventDefault();
  const at = pointOf(stage, event), notches = Math.abs(event.deltaY) >= NOTCH_PX ? Math.sign(event.deltaY) : event.deltaY / NOTCH_PX;
  stage.zoomBy(model.WHEEL_FACTOR ** -notches, at.x, at.y);
}

/** @param {Stage} stage @param {MouseEvent} event @returns {Point} */
function pointOf(stage, event) {
  const box = stage.element.getBoundingClientRect();
  return { x: event.clientX - box.left, y: event.clientY - box.top };
}

class Gesture {
  /** @type {Map<number, Point>} */
  #pointers = new Map();
  /** @type {Point} */
  #start = { x: 0, y: 0 };
  #moved = false;
  #pinched = false;
  #lastTap = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #tapping;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #holding;
  #held = false;

  /** @param {Stage} stage */
  constructor(stage) {
    this.stage = stage;
  }

  get isHeld() { return this.#held; }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest('button, video, a'))) return;
    this.stage.element.setPointerCapture(event.pointerId);
    this.#pointers.set(event.pointerId, pointOf(this.stage, event));
    if (this.#pointers.size === 1) {
      this.#start = pointOf(this.stage, event);
      this.#moved = this.#pinched = this.#held = false;
      this.#holding = setTimeout(() => { this.#held = this.stage.events.held?.() ?? false; }, HOLD_MS);
    } else {
      this.#pinched = true;
      this.#letGo();
    }
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.#pointers.get(event.pointerId);
    if (!before) return;
    const now = pointOf(this.stage, event);
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, before, now);
    else if (!this.#held && (this.#moved || Math.hypot(now.x - this.#start.x, now.y - this.#start.y) > CLICK_PX)) {
      this.#moved = true;
      clearTimeout(this.#holding);
      if (this.stage.isZoomed) {
        this.stage.element.classList.add('is-dragging');
        this.stage.pan(now.x - before.x, now.y - before.y);
      }
    }
    this.#pointers.set(event.pointerId, now);
  }

  /** @param {PointerEvent} event */
  up(event) {
    const now = this.#pointers.get(event.pointerId), held = this.#held;
    this.cancel(event);
    if (!now || held || this.#pointers.size > 0 || this.#pinched) return;
    if (!this.#moved) this.#click(event, now);
    else if (!this.stage.isZoomed && event.pointerType !== 'mouse') this.#swipe(now);
  }

  /** @param {PointerEvent} event */
  cancel(event) {
    this.#pointers.delete(event.pointerId);
    this.#letGo();
    this.stage.element.classList.remove('is-dragging');
  }

  /** What was held plays no longer. */
  #letGo() {
    clearTimeout(this.#holding);
    if (this.#held) this.stage.events.released?.();
    this.#held = false;
  }

  /** A mouse click zooms at once; a finger zooms with a double tap, so that one tap can show the controls. @param {PointerEvent} event @param {Point} at */
  #click(event, at) {
    if (event.pointerType === 'mouse') {
      this.stage.toggle(at.x, at.y);
      return;
    }
    clearTimeout(this.#tapping);
    if (event.timeStamp - this.#lastTap < DOUBLE_TAP_MS) {
      this.#lastTap = 0;
      this.stage.toggle(at.x, at.y);
      return;
    }
    this.#lastTap = event.timeStamp;
    this.#tapping = setTimeout(() => this.stage.events.tapped?.(), DOUBLE_TAP_MS);
  }

  /** @param {Point} end */
  #swipe(end) {
    const dx = end.x - this.#start.x, dy = end.y - this.#start.y;
    if (Math.abs(dx) > SWIPE_PX && Math.abs(dx) > Math.abs(dy) * 1.5) this.stage.events.swiped?.(dx < 0 ? 1 : -1);
    else if (dy > SWIPE_PX * 1.6 && dy > Math.abs(dx) * 1.5) this.stage.events.dismissed?.();
  }

  /** @param {number} id @param {Point} before @param {Point} now */
  #pinch(id, before, now) {
    const other = [...this.#pointers].find(([pointer]) => pointer !== id)?.[1];
    if (!other) return;
    const was = Math.hypot(before.x - other.x, before.y - other.y), is = Math.hypot(now.x - other.x, now.y - other.y);
    if (was > 0) this.stage.zoomBy(is / was, (now.x + other.x) / 2, (now.y + other.y) / 2);
    this.stage.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }
}
