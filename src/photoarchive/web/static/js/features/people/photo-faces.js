/** The faces of the photo on screen: read once for boxes and chips alike, read again after each change. */
import { onServer } from 'pa/core/events.js';
import { ApiError, getJson, isAbort } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';

/** @typedef {import('./api.js').Face} Face */
/** @typedef {{id: number, scanned: boolean, faces: Face[], failure: string}} FacesOfPhoto */

/** The focus may run over many photos; faces are asked for when it rests. */
const REST_MS = 120;

/** @type {import('pa/core/signals.js').Signal<FacesOfPhoto>} */
export const photoFaces = signal({ id: 0, scanned: false, faces: [], failure: '' });
/** Whether boxes lie over the photo. */
export const boxesShown = signal(false);
/** The face that is pointed at, in the photo or in its details. */
export const pointedAt = signal(0);

let wanted = 0;
/** @type {AbortController | null} */
let running = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;

onServer('people', () => { if (wanted) rest(); });

/** Have the faces of a photo. Safe to call while something is drawn. @param {number} id */
export function follow(id) {
  if (id === wanted) return;
  wanted = id;
  queueMicrotask(() => batch(() => {
    pointedAt.value = 0;
    if (photoFaces.peek().id !== wanted) photoFaces.value = { id: wanted, scanned: false, faces: [], failure: '' };
  }));
  rest();
}

function rest() {
  clearTimeout(resting);
  running?.abort();
  if (wanted) resting = setTimeout(() => void reread(), REST_MS);
}

/** Read the faces of the photo on screen again. */
export async function reread() {
  if (!wanted) return;
  running?.abort();
  const id = wanted, mine = running = new AbortController();
  try {
    const { scanned, faces } = await getJson(`/api/image/${id}/faces`, { signal: mine.signal });
    if (id === wanted) photoFaces.value = { id, scanned, faces, failure: '' };
  } catch (error) {
    if (!isAbort(error) && error instanceof ApiError && id === wanted) photoFaces.value = { id, scanned: false, faces: [], failure: error.message };
  }
}
