/** What the loupe needs to know of a photo before it shows it, from its card and, where it is there, the view. */
import { cards } from 'pa/grid/cards.js';
import { KIND_IMAGE, KIND_RAW, KIND_VIDEO, bits as read } from 'pa/grid/feed.js';
import { MOST_SURVEYED } from './survey.js';

/** @typedef {import('pa/grid/view.js').PhotoView} PhotoView */
/** @typedef {import('./stage.js').StagePhoto} StagePhoto */

const KINDS = /** @type {Record<string, number>} */ ({ image: KIND_IMAGE, raw: KIND_RAW, video: KIND_VIDEO });
/** Behind a picture whose average colour is not known: a dark grey, RGB565. */
const UNKNOWN_COLOUR = 0x2104;
const NO_STARS = 7 << 2;
/** Of a photo whose size could not be read. */
const USUAL_WIDTH = 1500, USUAL_HEIGHT = 1000;

/** Marks and kind of a photo. @param {PhotoView | null} view @param {number} id */
export function bitsOf(view, id) {
  const index = view ? view.feed.indexOf(id) : -1;
  if (view && index >= 0) return view.feed.bits[index];
  return NO_STARS | ((KINDS[String(cards.get(id)?.kind)] ?? KIND_IMAGE) << 6);
}

/** Shape, colour and reach of a photo, null while its card is not known. @param {PhotoView | null} view @param {number} id @returns {StagePhoto | null} */
export function photoOf(view, id) {
  const card = cards.get(id), index = view ? view.feed.indexOf(id) : -1;
  if (!card) return null;
  const { width, height } = card, known = width !== null && height !== null && width > 0 && height > 0;
  return {
    id, width: known ? width : USUAL_WIDTH, height: known ? height : USUAL_HEIGHT, colour: view && index >= 0 ? view.feed.colours[index] : UNKNOWN_COLOUR,
    cachedOnly: Boolean(card.offline || card.missing), isRaw: read.kind(bitsOf(view, id)) === KIND_RAW,
  };
}

/** Why a photo that has no picture has none. @param {Record<string, any>} details */
export function whyNoPicture({ filename, unreadable, offline }) {
  if (unreadable) return `${filename} cannot be read: ${unreadable}. The file itself is untouched.`;
  if (offline) return 'The drive isn’t connected and there is no preview yet. Connect it to see this photo.';
  return 'There is no picture of this photo yet. It will appear when its preview has been made.';
}

/** The photos an address puts side by side. @param {URLSearchParams} query */
export const surveyOf = (query) => (query.get('survey') ?? '').split(',').map(Number).filter((id) => id > 0).slice(0, MOST_SURVEYED);
