/**
 * The zoom model of the loupe: how big the picture is shown and where. Pure values, no DOM.
 *
 * `scale` is CSS px per picture px, so 1 / devicePixelRatio is 1:1 on the screen's own pixels. x and y are where the
 * picture's upper left corner lies in the stage, in CSS px.
 *
 * @typedef {{stageWidth: number, stageHeight: number, width: number, height: number, pixelRatio: number, inset?: number}} Frame
 *   inset: room left around a fitted picture
 * @typedef {{scale: number, x: number, y: number}} Zoom
 * @typedef {'fit' | 'fill' | 'one' | 'two'} Step
 */

export const WHEEL_FACTOR = 1.15;
const LARGEST = 8;
/** A small picture is enlarged to fit, but not beyond twice its pixels: more would only show blur. */
const LARGEST_FIT = 2;

/** @param {Frame} frame */
export const fitScale = ({ stageWidth, stageHeight, width, height, pixelRatio, inset = 0 }) =>
  Math.min(Math.max(1, stageWidth - 2 * inset) / width, Math.max(1, stageHeight - 2 * inset) / height, LARGEST_FIT / pixelRatio);

/** @param {Frame} frame */
const fillScale = ({ stageWidth, stageHeight, width, height }) => Math.max(stageWidth / width, stageHeight / height);

/** Scale of a named step. @param {Frame} frame @param {Step} step */
export function stepScale(frame, step) {
  if (step === 'fit') return fitScale(frame);
  if (step === 'fill') return fillScale(frame);
  return (step === 'one' ? 1 : 2) / frame.pixelRatio;
}

/** Smallest and largest scale a person may reach. @param {Frame} frame @returns {[number, number]} */
function scaleLimits(frame) {
  const fit = fitScale(frame), one = 1 / frame.pixelRatio;
  return [Math.min(fit, one), Math.max(LARGEST * one, fit)];
}

/** The whole picture in the middle of the stage. @param {Frame} frame @returns {Zoom} */
export const fitted = (frame) => settle(frame, { scale: fitScale(frame), x: 0, y: 0 });

/** @param {Frame} frame @param {Zoom} zoom */
export const isFitted = (frame, zoom) => Math.abs(zoom.scale / fitScale(frame) - 1) < 0.002;

/**
 * Keep the picture where it can be seen: centred along a side that fits, without a gap at the edges along one that does not.
 * @param {Frame} frame @param {Zoom} zoom @returns {Zoom}
 */
export function settle(frame, { scale, x, y }) {
  return {
    scale,
    x: settleSide(x, frame.width * scale, frame.stageWidth),
    y: settleSide(y, frame.height * scale, frame.stageHeight),
  };
}

/** @param {number} offset @param {number} size @param {number} room */
function settleSide(offset, size, room) {
  if (size <= room) return (room - size) / 2;
  return Math.min(0, Math.max(room - size, offset));
}

/**
 * Zoom so that the point of the picture under (px, py) of the stage stays there.
 * @param {Frame} frame @param {Zoom} zoom @param {number} scale @param {number} px @param {number} py @returns {Zoom}
 */
export function zoomAt(frame, zoom, scale, px, py) {
  const [least, most] = scaleLimits(frame), wanted = Math.min(most, Math.max(least, scale)), ratio = wanted / zoom.scale;
  return settle(frame, { scale: wanted, x: px - (px - zoom.x) * ratio, y: py - (py - zoom.y) * ratio });
}

/** @param {Frame} frame @param {Zoom} zoom @param {number} dx @param {number} dy @returns {Zoom} */
export const pan = (frame, zoom, dx, dy) => settle(frame, { scale: zoom.scale, x: zoom.x + dx, y: zoom.y + dy });

/**
 * What a click does: from fit to 1:1 at the pointer, from anything else back to fit. A picture that is 1:1 when it
 * fits goes to 2:1, so that a click always does something.
 * @param {Frame} frame @param {Zoom} zoom @param {number} px @param {number} py @returns {Zoom}
 */
export function toggled(frame, zoom, px, py) {
  if (!isFitted(frame, zoom)) return fitted(frame);
  const one = stepScale(frame, 'one');
  const target = one > zoom.scale * 1.01 ? one : Math.max(stepScale(frame, 'two'), zoom.scale * 2);
  return zoomAt(frame, zoom, target, px, py);
}

/**
 * The next larger (+1) or smaller (−1) of the steps fit, fill, 1:1, 2:1, 4:1, 8:1.
 * @param {Frame} frame @param {Zoom} zoom @param {1 | -1} direction @returns {number} scale
 */
export function neighbourStep(frame, zoom, direction) {
  const one = 1 / frame.pixelRatio;
  const steps = [fitScale(frame), fillScale(frame), one, 2 * one, 4 * one, 8 * one].sort((a, b) => a - b);
  const beyond = direction > 0
    ? steps.find((step) => step > zoom.scale * 1.01)
    : steps.findLast((step) => step < zoom.scale * 0.99);
  return beyond ?? zoom.scale;
}

/** How the zoom is called in words. @param {Frame} frame @param {Zoom} zoom */
export function zoomName(frame, zoom) {
  if (isFitted(frame, zoom)) return 'Fit';
  return `${Math.round(zoom.scale * frame.pixelRatio * 100)} %`;
}

/**
 * Zoom and centre as shares, to carry a view from one picture to another of a different size (survey, next photo).
 * factor: scale over fit; cx, cy: the point of the picture in the middle of the stage, 0–1.
 * @param {Frame} frame @param {Zoom} zoom
 */
export function toRelative(frame, zoom) {
  return {
    factor: zoom.scale / fitScale(frame),
    cx: (frame.stageWidth / 2 - zoom.x) / (frame.width * zoom.scale),
    cy: (frame.stageHeight / 2 - zoom.y) / (frame.height * zoom.scale),
  };
}

/**
 * The same enlargement and the same part of another picture, for those who walk on while they look closely.
 * @param {Frame} from @param {Zoom} zoom @param {Frame} to @returns {Zoom}
 */
export function carried(from, zoom, to) {
  const { scale } = zoom, { cx, cy } = toRelative(from, zoom);
  if (scale <= fitScale(to)) return fitted(to);
  return settle(to, { scale, x: to.stageWidth / 2 - cx * to.width * scale, y: to.stageHeight / 2 - cy * to.height * scale });
}

/** @param {Frame} frame @param {{factor: number, cx: number, cy: number}} relative @returns {Zoom} */
export function fromRelative(frame, { factor, cx, cy }) {
  const scale = fitScale(frame) * factor;
  return settle(frame, {
    scale, x: frame.stageWidth / 2 - cx * frame.width * scale, y: frame.stageHeight / 2 - cy * frame.height * scale,
  });
}
