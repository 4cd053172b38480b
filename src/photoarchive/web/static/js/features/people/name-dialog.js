/** Asking who somebody is: a field that completes the names known so far. */
import { html, nothing } from 'lit-html';
import { getJson } from 'pa/core/http.js';
import { plural } from 'pa/core/format.js';
import { openDialog } from 'pa/ui/dialog.js';
import 'pa/ui/suggest_field.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {import('pa/ui/suggest_field.js').PaSuggestField} PaSuggestField */

export const LONGEST_NAME = 200;

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
 * Ask for a name.
 * @param {{title: string, picture?: string | null, name?: string, hint?: string, others?: import('pa/ui/dialog.js').DialogAction[]}} options
 *   others: what else may be done, each with a value that is no text
 * @returns {Promise<any>} the name as text, the value of another action, or undefined
 */
export function askName({ title, picture, name = '', hint = 'Type a name and press Enter.', others = [] }) {
  return openDialog({
    title,
    body: (/** @type {import('pa/ui/dialog.js').DialogControl} */ { close }) => html`<div class="name-ask">
      ${picture ? html`<img class="face-round" src=${picture} alt="">` : nothing}
      <div class="stack"><pa-suggest-field .label=${'Name'} .placeholder=${'Name'} .ask=${suggestNames}
        @suggest-pick=${(/** @type {CustomEvent<string>} */ event) => {
          const said = checkedName(event.detail);
          if (said) close(said);
        }}></pa-suggest-field><p class="muted">${hint}</p></div></div>`,
    actions: [{ label: 'Cancel', value: undefined }, ...others],
    opened: () => {
      const field = /** @type {PaSuggestField | null} */ (document.querySelector('dialog[open] pa-suggest-field'));
      field?.fill(name);
      field?.focusInput();
    },
  });
}
