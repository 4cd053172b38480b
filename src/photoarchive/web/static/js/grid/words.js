/** Keywords, titles and captions: sent to the server, told in a toast that can undo them. */
import { plural } from 'pa/core/format.js';
import { ApiError, getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { showToast } from 'pa/ui/toast.js';
import { undo } from 'pa/ui/undo.js';

/** @typedef {import('./verbs.js').Chosen} Chosen */
/** @typedef {{name: string, count: number}} KeywordCount */

export const MAX_TITLE = 500;
export const MAX_CAPTION = 20_000;

/** "Nature|Birds" as people read it. @param {string} name */
export const keywordLabel = (name) => name.replaceAll('|', ' › ');

/** What was typed as a keyword: levels may be parted by | or ›. @param {string} text */
export const keywordOf = (text) => text.split(/[|›]/).map((level) => level.trim().replace(/\s+/g, ' ')).filter(Boolean).join('|');

/**
 * Add or take away keywords. Resolves to the keywords as they are kept, or null if the server refused.
 * @param {Chosen} chosen @param {{add: string[]} | {remove: string[]}} change @param {{quiet?: boolean}} [options]
 * @returns {Promise<string[] | null>}
 */
export async function changeKeywords(chosen, change, { quiet = false } = {}) {
  const answer = await send('/api/images/keywords', { ...chosen, ...change });
  if (!answer) return null;
  const names = answer.keywords.map((/** @type {string} */ name) => `“${keywordLabel(name)}”`).join(', ');
  const done = 'add' in change ? `${names} added to ${plural(answer.changed, 'photo')}.` : `${names} taken away from ${plural(answer.changed, 'photo')}.`;
  if (!answer.action_id) showToast('add' in change ? 'All of these photos have it already.' : 'None of these photos has it.');
  else if (!quiet) showToast(done, { kind: 'done', action: { label: 'Undo', run: undo } });
  return answer.keywords;
}

/** @param {Chosen} chosen @param {{title?: string | null, caption?: string | null}} texts null: what the file says @returns {Promise<boolean>} */
export async function changeTexts(chosen, texts) {
  const answer = await send('/api/images/texts', { ...chosen, ...texts });
  if (!answer) return false;
  if (answer.action_id) {
    const what = 'title' in texts ? 'Title' : 'Caption';
    showToast(answer.changed === 1 ? `${what} saved.` : `${what} of ${plural(answer.changed, 'photo')} saved.`, { kind: 'done', action: { label: 'Undo', run: undo } });
  }
  return true;
}

/** Keywords that continue what is typed. @param {string} text @param {AbortSignal} [signal] @returns {Promise<KeywordCount[]>} */
export async function completeKeywords(text, signal) {
  return (await getJson(`/api/keywords?${new URLSearchParams({ q: keywordOf(text) })}`, { signal })).keywords;
}

/** The keywords of some photos, the most frequent first. @param {Chosen} chosen @returns {Promise<{keywords: KeywordCount[], photos: number}>} */
export function keywordsOf(chosen) {
  return postJson('/api/images/keywords/count', chosen);
}

/** @param {string} path @param {object} body */
async function send(path, body) {
  try {
    return await postJson(path, body);
  } catch (error) {
    showToast(refusal(error), { kind: 'error' });
    return null;
  }
}

/** A sentence for a view that is no longer what it was, else the server's own. @param {unknown} error */
export function refusal(error) {
  const old = error instanceof ApiError && (error.status === 410 || (error.status === 409 && 'count' in error.details));
  return old ? 'The photos of this view have changed. Reload the view, then try again.' : sentenceOf(error);
}
