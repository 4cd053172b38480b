/** Asking who somebody is: a field that completes the names known so far. */
import { html, nothing } from 'lit-html';
import { getJson } from 'pa/core/http.js';
import { plural } from 'pa/core/format.js';
import { openDialog } from 'pa/ui/dialog.js';
import 'pa/ui/suggest_field.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {import('pa/ui/suggest_field.js').PaSuggestField} PaSuggestField */
/** @typedef {import('pa/ui/dialog.js').DialogControl} DialogControl */
/** @typedef {{id: number, name: string, face_thumb_url: string | null}} KnownName */

const LONGEST_NAME = 200, OFFERED = 6;
const TYPED = { typed: true };

/** Names that fit what was typed. @param {string} text @param {AbortSignal} signal */
export async function suggestNames(text, signal) {
  const { names } = await getJson(`/api/people/names?${new URLSearchParams({ q: text, limit: '8' })}`, { signal });
  return names.map((/** @type {{name: string, photo_count: number}} */ one) => ({ value: one.name, label: one.name, hint: plural(one.photo_count, 'photo') }));
}

/** A name as it will be kept, or "" with a message when it is too long. @param {string} text */
export function checkedName(text) {
  const name = text.trim().replace(/\s+/g, ' ');
  if ([...name].length <= LONGEST_NAME) return name;
  showToast(`A name may have at most ${LONGEST_NAME} characters.`, { kind: 'error' });
  return '';
}

/**
 * Ask for a name: typed, or one of the people seen most.
 * @param {{title: string, picture?: string | null, name?: string, hint?: string, save?: string, others?: import('pa/ui/dialog.js').DialogAction[]}} options
 *   others: what else may be done, each with a value that is no text
 * @returns {Promise<any>} the name as text, the value of another action, or undefined
 */
export async function askName({ title, picture, name = '', hint = 'Type a name and press Enter.', save = 'Save', others = [] }) {
  /** @type {{field: PaSuggestField | null, known: KnownName[]}} */
  const ask = { field: null, known: [] };
  const answer = await openDialog({
    title,
    body: (/** @type {DialogControl} */ { close }) => html`<div class="name-ask">
      ${picture ? html`<img class="face-round" src=${picture} alt="">` : nothing}
      <div class="stack"><pa-suggest-field .label=${'Name'} .placeholder=${'Name'} .ask=${suggestNames}
        @suggest-pick=${(/** @type {CustomEvent<string>} */ event) => {
          const said = checkedName(event.detail);
          if (said) close(said);
        }}></pa-suggest-field><p class="muted">${hint}</p>
        ${ask.known.length ? html`<ul class="name-known" role="list" aria-label="People seen most">${ask.known.map((one) => html`<li><button type="button" class="chip chip-press" @click=${() => close(one.name)}>${
          one.face_thumb_url ? html`<img src=${one.face_thumb_url} alt="">` : nothing}<span>${one.name}</span></button></li>`)}</ul>` : nothing}</div></div>`,
    actions: [{ label: 'Cancel', value: undefined }, ...others, { label: save, value: TYPED, kind: 'primary' }],
    opened: (control) => {
      ask.field = document.querySelector('dialog[open] pa-suggest-field');
      ask.field?.fill(name);
      ask.field?.focusInput();
      void mostSeen(name).then((known) => {
        ask.known = known;
        control.redraw();
      });
    },
  });
  if (answer !== TYPED) return answer;
  return checkedName(ask.field?.text ?? '') || undefined;
}

/** People to offer at once. @param {string} but whose name is known already @returns {Promise<KnownName[]>} */
async function mostSeen(but) {
  try {
    const { names } = await getJson(`/api/people/names?limit=${OFFERED + 1}`);
    return names.filter((/** @type {KnownName} */ one) => one.name !== but).slice(0, OFFERED);
  } catch {
    return []; // the field is enough to name somebody
  }
}
