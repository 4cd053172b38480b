/** Where two photos lie in A/B: each in its half, both with the same area. And where a photo lies at 1:1. Pure. */
import { GAP } from './rows.js';

/** @typedef {{width: number, height: number}} Size */
/** @typedef {{stacked: boolean, sizes: Size[]}} PairLayout stacked: one above the other */
/** @typedef {{x: number, y: number}} Point 0–1 of the photo */

/** Larger areas would make one photo look more important; shapes that differ a lot are let off. */
const LEAST_SCALE = 0.6;

/**
 * @param {readonly number[]} aspects of the two @param {number} width @param {number} height @param {number} [gap]
 * @returns {PairLayout}
 */
export function pairLayout(aspects, width, height, gap = GAP) {
  const beside = equalised(aspects, (width - gap) / 2, height), stacked = equalised(aspects, width, (height - gap) / 2);
  return areaOf(stacked) > areaOf(beside) ? { stacked: true, sizes: stacked } : { stacked: false, sizes: beside };
}

/** @param {readonly number[]} aspects @param {number} width of one half @param {number} height @returns {Size[]} */
function equalised(aspects, width, height) {
  const fitted = aspects.map((aspect) => fit(aspect, Math.max(1, width), Math.max(1, height)));
  const least = Math.min(...fitted.map((size) => size.width * size.height));
  return fitted.map((size) => {
    const scale = Math.max(LEAST_SCALE, Math.sqrt(least / (size.width * size.height)));
    return { width: Math.round(size.width * scale), height: Math.round(size.height * scale) };
  });
}

/** @param {number} aspect @param {number} width @param {number} height @returns {Size} */
function fit(aspect, width, height) {
  return width / height > aspect ? { width: height * aspect, height } : { width, height: width / aspect };
}

/** @param {Size[]} sizes */
function areaOf(sizes) {
  return sizes.reduce((sum, { width, height }) => sum + width * height, 0);
}

/**
 * The upper left corner of a photo at 1:1 whose point `centre` is in the middle of its pane; never a gap beside it.
 * @param {Size} photo in CSS px @param {Size} pane @param {Point} centre @returns {{x: number, y: number}}
 */
export function placeAt(photo, pane, centre) {
  return { x: side(photo.width, pane.width, centre.x), y: side(photo.height, pane.height, centre.y) };
}

/** @param {number} size @param {number} room @param {number} centre */
function side(size, room, centre) {
  if (size <= room) return Math.round((room - size) / 2);
  return Math.round(Math.min(0, Math.max(room - size, room / 2 - centre * size)));
}
