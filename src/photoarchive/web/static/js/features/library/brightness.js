/** The histogram beside the grid: counted from the small picture of the photo with the focus, once the focus rests. */
import { effect } from 'pa/core/signals.js';
import { cards } from 'pa/grid/cards.js';
import { histogramOf } from 'pa/grid/histogram.js';

/** @typedef {import('pa/grid/info-panel.js').PaInfoPanel} PaInfoPanel */

const REST_MS = 200;

/** @param {PaInfoPanel} info @param {() => boolean} isOpen whether anybody can see it; read as a signal @returns {() => void} stops it */
export function followBrightness(info, isOpen) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;
  const stop = effect(() => {
    const id = info.photo.value;
    clearTimeout(resting);
    info.histogram.value = null;
    if (id && isOpen()) resting = setTimeout(() => void count(info, id), REST_MS);
  });
  return () => {
    clearTimeout(resting);
    stop();
  };
}

/** @param {PaInfoPanel} info @param {number} id */
async function count(info, id) {
  const image = new Image();
  try {
    await cards.have([id]);
    if (cards.get(id)?.unreadable) return;
    image.src = `/api/thumb/sm/${id}?cached=1`;
    await image.decode();
  } catch {
    return; // no preview yet: there is nothing to count
  }
  if (info.photo.peek() === id) info.histogram.value = histogramOf(image, image.naturalWidth, image.naturalHeight);
}
