/** A labelled range input. */
import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';

/**
 * @param {{label: string, min: number, max: number, step?: number, value: number, text?: string, hideLabel?: boolean,
 *   input: (value: number) => void, change?: (value: number) => void}} options
 */
export function slider({ label, min, max, step = 1, value, text, hideLabel = false, input, change }) {
  /** @param {(value: number) => void} then */
  const hear = (then) => (/** @type {Event} */ event) => then(Number(/** @type {HTMLInputElement} */ (event.target).value));
  return html`<label class="slider"><span class=${hideLabel ? 'visually-hidden' : ''}>${label}</span>
    <input type="range" min=${min} max=${max} step=${step} .value=${live(String(value))} aria-valuetext=${text ?? nothing}
      @input=${hear(input)} @change=${hear(change ?? (() => {}))}></label>`;
}
