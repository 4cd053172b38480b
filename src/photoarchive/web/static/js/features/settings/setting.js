/** One setting: label, control, one line on what it does, its default; saves on change and says so with a tick. */
import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { define, PaElement } from 'pa/core/element.js';
import { ApiError, sentenceOf } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';
import { modeMeaning } from 'pa/core/work_modes.js';
import { asWords, rangeWords } from 'pa/features/settings/fields.js';
import { saveSettings, settings } from 'pa/features/settings/state.js';
import { icon } from 'pa/ui/icons.js';
import { segments } from 'pa/ui/segments.js';

/** @typedef {import('pa/features/settings/fields.js').Field} Field */

const TICK_MS = 6000; // as long as a toast

export class PaSetting extends PaElement {
  /** @type {Field} */
  field = { key: '', label: '', meaning: '', control: 'switch' };
  /** Called once the server has taken a new value. @type {(() => unknown) | null} */
  saved = null;
  #state = signal(/** @type {'rest'|'saving'|'saved'} */ ('rest'));
  #error = signal('');
  /** What was typed and refused, until it is right. @type {import('pa/core/signals.js').Signal<string | null>} */
  #refused = signal(null);
  /** What was chosen and is being saved; shown meanwhile. @type {import('pa/core/signals.js').Signal<{value: unknown} | null>} */
  #chosen = signal(null);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  template() {
    const answer = settings.value;
    if (!answer) return nothing;
    const { key, label, control } = this.field;
    const chosen = this.#chosen.value;
    const value = chosen ? chosen.value : answer.settings[key];
    const meaning = control === 'segments' ? modeMeaning(String(value)) : this.field.meaning;
    const id = `setting-${key}`;
    return html`<div class="setting" data-setting=${key}>
      <div class="setting-words">${control === 'segments' ? html`<span class="setting-label">${label}</span>` : html`<label class="setting-label" for=${id}>${label}</label>`}
        <p class="setting-meaning" id=${`${id}-meaning`}>${meaning}</p></div>
      <div class="setting-control">${this.#control(id, value)}${this.#mark()}</div>
      <p class="setting-default" id=${`${id}-default`}>${this.#default(value)}</p>
      ${this.#error.value ? html`<p class="field-error setting-error" id=${`${id}-error`} role="alert">${icon('triangle-alert')}<span>${this.#error.value}</span></p>` : nothing}
    </div>`;
  }

  disconnected() {
    clearTimeout(this.#timer);
  }

  /** @param {string} id @param {any} value */
  #control(id, value) {
    const { control, unit } = this.field;
    const described = `${id}-meaning ${id}-default${this.#error.value ? ` ${id}-error` : ''}`;
    const invalid = String(this.#error.value !== '');
    if (control === 'switch') {
      return html`<input class="switch" type="checkbox" role="switch" id=${id} aria-describedby=${described} .checked=${live(Boolean(value))}
        @change=${(/** @type {Event} */ event) => this.#save(/** @type {HTMLInputElement} */ (event.target).checked)}>`;
    }
    if (control === 'choice') {
      return html`<select class="field-select" id=${id} aria-describedby=${described} @change=${(/** @type {Event} */ event) => this.#save(/** @type {HTMLSelectElement} */ (event.target).value)}>
        ${this.field.options?.map((option) => html`<option value=${option.value} .selected=${option.value === value}>${option.label}</option>`)}</select>`;
    }
    if (control === 'segments') {
      return segments({ name: id, label: this.field.label, value: String(value), options: this.field.options ?? [], change: (choice) => this.#save(choice) });
    }
    const shown = this.#refused.value ?? String(value ?? '');
    if (control === 'folder') {
      return html`<input class="field-input" type="text" id=${id} spellcheck="false" autocapitalize="off" aria-describedby=${described} aria-invalid=${invalid}
        .value=${live(shown)} @change=${(/** @type {Event} */ event) => this.#save(/** @type {HTMLInputElement} */ (event.target).value)}>`;
    }
    const range = settings.value?.ranges[this.field.key];
    return html`<input class="field-input field-number" type="number" inputmode="decimal" id=${id} min=${range?.min ?? nothing} max=${range?.max ?? nothing} placeholder=${this.field.unset ? 'auto' : nothing}
      step=${this.field.step ?? 1} aria-describedby=${described} aria-invalid=${invalid} .value=${live(shown)}
      @change=${(/** @type {Event} */ event) => this.#saveNumber(/** @type {HTMLInputElement} */ (event.target))}>${unit ? html`<span class="muted">${unit}</span>` : nothing}`;
  }

  #mark() {
    const state = this.#state.value;
    return html`<span class="setting-mark" role="status">${state === 'saved' ? html`<span class="good">${icon('check', { label: 'Saved' })}</span>` : nothing}</span>`;
  }

  /** @param {unknown} value */
  #default(value) {
    const answer = settings.value;
    const usual = answer?.defaults[this.field.key];
    const range = rangeWords(answer?.ranges[this.field.key], this.field.unit);
    const words = `Default: ${asWords(this.field, usual)}${range ? `, possible: ${range}` : ''}`;
    if (value === usual || usual === undefined) return words;
    return html`${words} <button type="button" class="link-button" aria-label=${`Use default for ${this.field.label}`} @click=${() => this.#save(usual)}>Use default</button>`;
  }

  /** @param {HTMLInputElement} input */
  #saveNumber(input) {
    const text = input.value.trim();
    if (text === '' && this.field.unset && !input.validity.badInput) {
      void this.#save(null);
      return;
    }
    if (text === '' || Number.isNaN(Number(text))) {
      const range = rangeWords(settings.value?.ranges[this.field.key], this.field.unit);
      this.#refuse(text, `Type a number${range ? `: ${range}` : ''}.`);
      return;
    }
    void this.#save(Number(text));
  }

  /** @param {unknown} value */
  async #save(value) {
    if (value === settings.value?.settings[this.field.key] && !this.#error.value) return;
    clearTimeout(this.#timer);
    batch(() => {
      this.#state.value = 'saving';
      this.#chosen.value = { value };
    });
    try {
      await saveSettings({ [this.field.key]: value });
      batch(() => {
        this.#error.value = '';
        this.#refused.value = null;
        this.#chosen.value = null;
        this.#state.value = 'saved';
      });
      this.#timer = setTimeout(() => { this.#state.value = 'rest'; }, TICK_MS);
      this.saved?.();
    } catch (error) {
      this.#refuse(String(value), this.#sentence(error));
    }
  }

  /** The server's sentence names the key; the range is said in words of this field. @param {unknown} error */
  #sentence(error) {
    const range = error instanceof ApiError && error.status === 400 && error.details.field === this.field.key
      ? rangeWords(/** @type {import('pa/features/settings/state.js').Range} */ (error.details.range), this.field.unit) : '';
    return range ? `${this.field.label} can be ${range}. The setting was not changed.` : sentenceOf(error);
  }

  /** @param {string} text @param {string} sentence */
  #refuse(text, sentence) {
    batch(() => {
      this.#state.value = 'rest';
      this.#chosen.value = null;
      this.#error.value = sentence;
      this.#refused.value = this.field.control === 'switch' ? null : text;
    });
    this.querySelector('.setting-error')?.scrollIntoView({ block: 'nearest' });
  }
}

define('pa-setting', PaSetting);
