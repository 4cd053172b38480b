/** What the server knows and is told about people: shapes, and changes that say what they did and can be taken back. */
import { postJson, sentenceOf } from 'pa/core/http.js';
import { showToast } from 'pa/ui/toast.js';
import { undo } from 'pa/ui/undo.js';

/**
 * @typedef {{id: number, name: string, label: string, status: 'unknown'|'named'|'ignored'|'merged', photo_count: number, face_count: number,
 *   representative_face_id: number | null, face_thumb_url: string | null, thumb_url: string | null, cover_chosen: boolean, questions: number}} Person
 */
/**
 * @typedef {{id: number, photo_id: number, person_id: number | null, person_name: string, bbox: [number, number, number, number], origin: 'found'|'drawn'|'file',
 *   said: string, ignored: boolean, odd: boolean, thumb_url: string, photo_thumb_url: string, filename: string, date_taken: string}} Face
 */
/** @typedef {{person: Person | null, face_count: number, faces: Face[], apart: number[]}} Side */
/** @typedef {{id: string, kind: 'face'|'group'|'same', text: string, similarity: number, subject: Side, candidate: Side}} Question */
/** @typedef {{ok: boolean, action_id: number | null, person?: Person | null, face?: Face | null, already?: boolean, count?: number}} Done */

/**
 * Change something about people, and say what was done with a way back. An error becomes a message.
 * @param {string} path below /api/ @param {unknown} body @param {string | ((done: Done) => string)} said
 * @returns {Promise<Done | null>} null when it did not work
 */
export async function change(path, body, said) {
  try {
    const done = await postJson(`/api/${path}`, body);
    const text = typeof said === 'function' ? said(done) : said;
    showToast(text, done.action_id === null ? {} : { kind: 'done', action: { label: 'Undo', run: undo } });
    return done;
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
    return null;
  }
}

/** How a person is called in a sentence. @param {Person} person */
export function called(person) {
  return person.name ? `“${person.name}”` : 'this person';
}
