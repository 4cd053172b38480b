/** A text field that completes what is typed from a list (combobox pattern). Fires `suggest-pick` with the text on Enter. */
import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { define, PaElement } from 'pa/core/element.js';
import { isAbort } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';

/** @typedef {{value: string, label: string, hint?: string}} Suggestion */

const WAIT_MS = 120;
let serial = 0;

export class PaSuggestField extends PaElement {
  /** What the field is called. */
  label = '';
  placeholder = '';
  /** Completions of a text. @type {(text: string, signal: AbortSignal) => Promise<Suggestion[]>} */
  ask = async () => [];
  #text = signal('');
  #options = signal(/** @type {Suggestion[]} */ ([]));
  #active = signal(-1);
  #id = `suggest-${++serial}`;
  #request = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  template() {
    const options = this.#options.value, active = this.#active.value, open = options.length > 0;
    return html`<div class="path-field">
      <input class="field-input" type="text" role="combobox" autocomplete="off" autocapitalize="off" spellcheck="false"
        aria-label=${this.label} placeholder=${this.placeholder} aria-autocomplete="list" aria-expanded=${String(open)}
        aria-controls=${open ? this.#id : nothing} aria-activedescendant=${active >= 0 ? `${this.#id}-${active}` : nothing}
        .value=${live(this.#text.value)} @input=${this.#typed} @keydown=${this.#pressed} @blur=${this.#close}>
      ${open ? html`<ul class="path-options" id=${this.#id} role="listbox" aria-label=${this.label}>${options.map((option, index) => html`
        <li id=${`${this.#id}-${index}`} role="option" aria-selected=${String(index === active)}
          @pointerdown=${(/** @type {Event} */ event) => { event.preventDefault(); this.#pick(option.value); }}>
          <span class="break">${option.label}</span>${option.hint ? html`<span class="faint">${option.hint}</span>` : nothing}</li>`)}</ul>` : nothing}
    </div>`;
  }

  focusInput() {
    this.querySelector('input')?.focus();
  }

  /** What is typed, without white space around it. */
  get text() {
    return this.#text.value.trim();
  }

  /** Put a text in, as if it had been typed, without opening the list. @param {string} text */
  fill(text) {
    this.#text.value = text;
    this.querySelector('input')?.select();
  }

  disconnected() {
    this.#stop();
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#request.abort();
  }

  /** @param {Event} event */
  #typed = (event) => {
    batch(() => {
      this.#text.value = /** @type {HTMLInputElement} */ (event.target).value;
      this.#active.value = -1;
    });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#complete(), WAIT_MS);
  };

  async #complete() {
    const text = this.#text.value.trim();
    this.#request.abort();
    this.#request = new AbortController();
    if (!text) {
      this.#options.value = [];
      return;
    }
    try {
      this.#show(await this.ask(text, this.#request.signal));
    } catch (error) {
      if (!isAbort(error)) this.#options.value = [];
    }
  }

  /** What was chosen among the completions before stays chosen. @param {Suggestion[]} options */
  #show(options) {
    const chosen = this.#options.peek()[this.#active.peek()]?.value;
    batch(() => {
      this.#options.value = options;
      this.#active.value = options.findIndex(({ value }) => value === chosen);
    });
  }

  /** @param {string} value */
  #pick(value) {
    this.#stop();
    batch(() => {
      this.#text.value = '';
      this.#active.value = -1;
      this.#options.value = [];
    });
    this.dispatchEvent(new CustomEvent('suggest-pick', { detail: value, bubbles: true }));
  }

  #close = () => {
    this.#stop();
    this.#options.value = [];
  };

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const options = this.#options.value, active = this.#active.value, text = this.#text.value.trim();
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (!options.length) return;
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.#active.value = (active + step + options.length + (active < 0 && step < 0 ? 1 : 0)) % options.length;
    } else if (event.key === 'Enter') {
      if (active >= 0 || text) this.#pick(options[active]?.value ?? text);
    } else if (event.key === 'Escape' && (options.length || text)) {
      this.#text.value = '';
      this.#close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
}

define('pa-suggest-field', PaSuggestField);
