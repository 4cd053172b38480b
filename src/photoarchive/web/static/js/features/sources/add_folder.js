/** Adding a folder: path with completion, the folder browser, the native chooser where there is one. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { sentenceOf } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';
import { browseFolders } from 'pa/ui/folder_browser.js';
import 'pa/ui/path_field.js';
import { addSource, chooseNatively, hasNativeChooser } from 'pa/features/sources/state.js';
import { icon } from 'pa/ui/icons.js';
import { showToast } from 'pa/ui/toast.js';

export class PaAddFolder extends PaElement {
  /** First run: one big button and the promise instead of a row. */
  big = false;
  #native = signal(false);
  #busy = signal(false);
  #error = signal('');

  connected() {
    void hasNativeChooser().then((available) => { this.#native.value = available; });
  }

  template() {
    const busy = this.#busy.value;
    const field = html`<pa-path-field @path-enter=${this.#add}></pa-path-field>`;
    const error = this.#error.value ? html`<p class="field-error" id="path-error" role="alert">${icon('triangle-alert')}<span>${this.#error.value}</span></p>` : nothing;
    const browse = html`<button type="button" class="btn" ?disabled=${busy} @click=${this.#browse}>${icon('folder-search')}Browse…</button>`;
    const native = this.#native.value ? html`<button type="button" class="btn" ?disabled=${busy} @click=${this.#choose}>${icon('folder-open')}System dialog…</button>` : nothing;
    if (!this.big) {
      return html`<div class="add-row">${field}${browse}${native}
        <button type="button" class="btn btn-primary" ?disabled=${busy} @click=${this.#add}>${icon('folder-plus')}Add folder</button></div>${error}`;
    }
    return html`<div class="add-big">
      <button type="button" class="btn btn-primary btn-large" ?disabled=${busy} @click=${this.#native.value ? this.#choose : this.#browse}>
        ${icon('folder-plus')}Add a folder of photos</button>
      <p class="add-promise">${icon('shield-check')}Originals are never changed.</p>
      <details class="add-typed"><summary>Type a path instead</summary>
        <div class="add-row">${field}${this.#native.value ? browse : nothing}<button type="button" class="btn" ?disabled=${busy} @click=${this.#add}>Add</button></div></details>
      ${error}</div>`;
  }

  #field() {
    return /** @type {import('pa/ui/path_field.js').PaPathField} */ (this.querySelector('pa-path-field'));
  }

  #add = async () => {
    const field = this.#field();
    const path = field.value.value.trim();
    if (!path) {
      this.#say('Type the path of a folder, or browse to it.');
      field.focusInput();
      return;
    }
    await this.#addPath(path);
  };

  #browse = async () => {
    const typed = this.#field().value.value.trim();
    const path = await browseFolders({ title: 'Add a folder of photos', start: typed, confirm: 'Add this folder' });
    if (path) await this.#addPath(path);
  };

  #choose = async () => {
    this.#busy.value = true;
    try {
      const path = await chooseNatively();
      if (path) await this.#addPath(path);
    } catch (error) {
      this.#say(sentenceOf(error));
    } finally {
      this.#busy.value = false;
    }
  };

  /** @param {string} path */
  async #addPath(path) {
    const field = this.#field();
    this.#busy.value = true;
    this.#say('');
    try {
      const source = await addSource(path);
      if (field.isConnected) field.fill('');
      showToast(`Scanning ${source.display_name}. Photos appear in the Library as they are found.`, { kind: 'done' });
    } catch (error) {
      field.fill(path);
      this.#say(sentenceOf(error));
    } finally {
      this.#busy.value = false;
    }
  }

  /** @param {string} sentence */
  #say(sentence) {
    batch(() => {
      this.#error.value = sentence;
      this.#field().error.value = sentence;
    });
  }
}

define('pa-add-folder', PaAddFolder);
