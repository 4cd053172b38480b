/** Corrections of time and place: asked about, sent to the server, told in a toast that can undo them. */
import { count, plural } from 'pa/core/format.js';
import { getJson, postJson, windowId } from 'pa/core/http.js';
import { cards } from 'pa/grid/cards.js';
import { refusal } from 'pa/grid/words.js';
import { showToast } from 'pa/ui/toast.js';
import { undo } from 'pa/ui/undo.js';

/** @typedef {import('pa/grid/verbs.js').Chosen} Chosen */
/** @typedef {'time' | 'place'} What */
/** @typedef {{kind: 'shift', seconds: number} | {kind: 'zone', camera: string, place: string} | {kind: 'offset', zone: string} | {kind: 'set', local: string, zone: string | null}} TimeChange */
/** @typedef {{kind: 'at', latitude: number, longitude: number, altitude?: number | null} | {kind: 'copy', photo_id: number} | {kind: 'none'}} PlaceChange */
/** @typedef {TimeChange | PlaceChange | {kind: 'reset'}} Change */
/** @typedef {{date_taken: string | null, taken_offset: number | null, latitude: number | null, longitude: number | null}} Moment */
/** @typedef {{count: number, undated: number, photos: {id: number, before: Moment, after: Moment}[]}} Preview */

const TOLD_MS = 700, STALE_SECONDS = 30;

/** @type {Promise<{zones: string[], local: string | null}> | null} */
let zones = null;

/** Names of time zones, asked for once. */
export function timeZones() {
  zones ??= getJson('/api/corrections/zones');
  zones.catch(() => { zones = null; });
  return zones;
}

/** What a change would do to the first photos. @param {What} what @param {Chosen} chosen @param {Change} change @param {AbortSignal} [signal] @returns {Promise<Preview>} */
export function previewOf(what, chosen, change, signal) {
  return postJson(`/api/corrections/${what}/preview`, { ...chosen, change }, { signal });
}

/** Correct photos. Resolves to whether the server took it. @param {What} what @param {Chosen} chosen @param {Change} change @param {() => unknown} [changed] called after it and after its undo */
export async function correct(what, chosen, change, changed = () => {}) {
  const told = tellProgress(what);
  try {
    const answer = await postJson(`/api/corrections/${what}`, { ...chosen, change });
    told();
    if (!answer.action_id) {
      showToast(change.kind === 'reset' ? 'Nothing was corrected here.' : 'These photos say that already.');
      return true;
    }
    await fresh(chosen, changed);
    const words = `${what === 'time' ? 'Time' : 'Location'} of ${plural(answer.changed, 'photo')} ${change.kind === 'reset' ? 'as the files say' : 'corrected'}.`;
    showToast(words, { kind: 'done', action: { label: 'Undo', run: () => void undo() } });
    return true;
  } catch (error) {
    showToast(refusal(error), { kind: 'error' });
    return false;
  } finally {
    told();
  }
}

/** After a moment says how far a long correction is. @param {What} what @returns {() => void} ends it */
function tellProgress(what) {
  const words = what === 'time' ? 'Correcting times' : 'Setting locations';
  let close = () => {}, ended = false;
  const tell = async () => {
    const { done, total } = await getJson('/api/corrections/running', { headers: { 'X-Window': windowId }, automatic: true }).catch(() => ({ done: 0, total: 0 }));
    if (ended) return;
    close = showToast(total ? `${words}: ${count(done)} of ${count(total)} photos…` : `${words}…`, { seconds: STALE_SECONDS });
    timer = setTimeout(() => void tell(), TOLD_MS);
  };
  let timer = setTimeout(() => void tell(), TOLD_MS);
  return () => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    close();
  };
}

/** The cards of these photos say something else now. @param {Chosen} chosen @param {() => unknown} changed */
export async function fresh(chosen, changed) {
  if ('image_ids' in chosen && chosen.image_ids.length <= 200) await cards.refresh(chosen.image_ids).catch(() => {}); // names come with the next rest
  else cards.clear();
  await changed();
}
