/** A choice of a few, side by side: radio buttons in one frame. */
import { html } from 'lit-html';
import { live } from 'lit-html/directives/live.js';

/**
 * @param {{name: string, label: string, value: string, options: readonly {value: string, label: string}[], change: (value: string) => unknown}} options
 *   name must be unique among the radio groups on the page
 */
export function segments({ name, label, value, options, change }) {
  return html`<fieldset class="segments"><legend class="visually-hidden">${label}</legend>
    ${options.map((option) => html`<label class="segment"><input type="radio" name=${name} value=${option.value}
      .checked=${live(option.value === value)} @change=${() => change(option.value)}><span>${option.label}</span></label>`)}</fieldset>`;
}
