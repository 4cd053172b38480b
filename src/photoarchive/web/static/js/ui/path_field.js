/** A field for the path of a folder, with completion of folder names (combobox pattern). Fires `path-enter` on Enter. */
import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { define, PaElement } from 'pa/core/element.js';
import { isAbort } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';
import { completionParts, completions, listFolder } from 'pa/ui/folders.js';
import { icon } from 'pa/ui/icons.js';

/** @typedef {import('pa/ui/folders.js').FolderEntry} FolderEntry */

const LIST_ID = 'path-completions';
const WAIT_MS = 120;

export class PaPathField extends PaElement {
  /** The path as typed. @type {import('pa/core/signals.js').Signal<string>} */
  value = signal('');
  /** Why the server refused it, "" if it did not. @type {import('pa/core/signals.js').Signal<string>} */
  error = signal('');
  #options = signal(/** @type {FolderEntry[]} */ ([]));
  #active = signal(-1);
  /** @type {AbortController | null} */
  #request = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  template() {
    const options = this.#options.value;
    const active = this.#active.value;
    const open = options.length > 0;
    return html`<div class="path-field">
      <input class="field-input" type="text" role="combobox" autocomplete="off" autocapitalize="off" spellcheck="false"
        aria-label="Folder" placeholder="/home/you/Pictures" aria-autocomplete="list" aria-expanded=${String(open)}
        aria-controls=${open ? LIST_ID : nothing} aria-activedescendant=${active >= 0 ? `${LIST_ID}-${active}` : nothing}
        aria-invalid=${String(this.error.value !== '')} aria-describedby=${this.error.value ? 'path-error' : nothing}
        .value=${live(this.value.value)} @input=${this.#typed} @keydown=${this.#pressed} @blur=${this.#close}>
      ${open ? html`<ul class="path-options" id=${LIST_ID} role="listbox" aria-label="Folders">${options.map((entry, index) => html`
        <li id=${`${LIST_ID}-${index}`} role="option" aria-selected=${String(index === active)}
          @pointerdown=${(/** @type {Event} */ event) => { event.preventDefault(); this.#take(entry); }}>
          ${icon('folder')}<span class="break">${entry.name}</span>${entry.readable ? nothing : html`<span class="faint">cannot be read</span>`}</li>`)}</ul>` : nothing}
    </div>`;
  }

  /** Put a path in, as if it had been typed, without opening the list. @param {string} path */
  fill(path) {
    batch(() => {
      this.value.value = path;
      this.error.value = '';
      this.#options.value = [];
    });
  }

  focusInput() {
    this.querySelector('input')?.focus();
  }

  disconnected() {
    clearTimeout(this.#timer);
    this.#request?.abort();
  }

  /** @param {Event} event */
  #typed = (event) => {
    batch(() => {
      this.value.value = /** @type {HTMLInputElement} */ (event.target).value;
      this.error.value = '';
      this.#active.value = -1;
    });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#complete(), WAIT_MS);
  };

  async #complete() {
    const { folder, beginning } = completionParts(this.value.value);
    this.#request?.abort();
    this.#request = new AbortController();
    if (!folder) {
      this.#options.value = [];
      return;
    }
    try {
      const listing = await listFolder(folder, this.#request.signal);
      this.#show(!listing.readable ? [] : completions(listing.entries, beginning));
    } catch (error) {
      if (!isAbort(error)) this.#options.value = [];
    }
  }

  /** The folder that was chosen before stays chosen. @param {FolderEntry[]} options */
  #show(options) {
    const chosen = this.#options.peek()[this.#active.peek()]?.path;
    batch(() => {
      this.#options.value = options;
      this.#active.value = options.findIndex(({ path }) => path === chosen);
    });
  }

  /** @param {FolderEntry} entry */
  #take(entry) {
    batch(() => {
      this.value.value = `${entry.path.replace(/\/$/, '')}/`;
      this.#active.value = -1;
      this.#options.value = [];
    });
    void this.#complete();
  }

  #close = () => {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#options.value = [];
  };

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const options = this.#options.value;
    const chosen = options[this.#active.value];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (options.length === 0) return;
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.#active.value = (this.#active.value + step + options.length + (this.#active.value < 0 && step < 0 ? 1 : 0)) % options.length;
    } else if (event.key === 'Enter') {
      if (chosen) this.#take(chosen);
      else this.dispatchEvent(new CustomEvent('path-enter', { bubbles: true }));
    } else if (event.key === 'Tab' && chosen) {
      this.#take(chosen);
    } else if (event.key === 'Escape' && options.length) {
      this.#close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
}

define('pa-path-field', PaPathField);
