/** The export dialog: a list as JSON or CSV, or copies of the originals with sidecars, and what became of them. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { plural } from 'pa/core/format.js';
import { sentenceOf } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';
import { refusal } from 'pa/grid/words.js';
import { openDialog } from 'pa/ui/dialog.js';
import { browseFolders } from 'pa/ui/folder_browser.js';
import { icon } from 'pa/ui/icons.js';
import 'pa/ui/path_field.js';
import { progressBar } from 'pa/ui/progress.js';
import { segments } from 'pa/ui/segments.js';
import { copies, followCopies, fractionOf, resultOf, startCopy, tellCopy, waiting } from './state.js';
import { openTroubles } from './troubles.js';

/** @typedef {import('./state.js').Photos} Photos */
/**
 * @typedef {object} Exported
 * @property {number} count photos
 * @property {Photos} photos as a request names them
 * @property {string} list the query of the list's address
 */

const TARGET_KEY = 'photoarchive.export.target';

class PaExport extends PaElement {
  /** @type {Exported} */
  what = { count: 0, photos: { image_ids: [] }, list: '' };
  #structure = signal('folders');
  #sidecars = signal(true);
  #busy = signal(false);
  #error = signal('');
  /** The copy that was started here, 0 none. */
  #started = signal(0);

  connected() {
    this.whenGone(followCopies());
    queueMicrotask(() => this.#field?.fill(recallTarget()));
  }

  template() {
    const copy = copies.value?.find(({ id }) => id === this.#started.value);
    return html`${this.#list()}
      <section class="export-part" aria-labelledby="export-copy"><h3 id="export-copy">Copies of the originals</h3>
        ${this.#started.value ? nothing : html`<p class="muted">The files as they are, each checked after writing. Originals are never changed. RAW files and clips behind a photo come along.</p>`}
        <div class="stack" ?hidden=${this.#started.value > 0}>${this.#form()}</div>
        ${copy ? this.#result(copy) : nothing}</section>`;
  }

  #list() {
    const { list, count } = this.what;
    return html`<section class="export-part" aria-labelledby="export-list"><h3 id="export-list">List</h3>
      <p class="muted">Names, dates, cameras, flags, stars and ratings of ${plural(count, 'photo')}, for a spreadsheet or another program.</p>
      <div class="row-wrap"><a class="btn" href=${`/api/export?${list}${list ? '&' : ''}format=csv`} download="photos.csv">${icon('download')}CSV</a>
        <a class="btn" href=${`/api/export?${list}${list ? '&' : ''}format=json`} download="photos.json">${icon('download')}JSON</a></div></section>`;
  }

  #form() {
    const busy = this.#busy.value, error = this.#error.value;
    return html`<div class="add-row"><pa-path-field @path-enter=${this.#start}></pa-path-field>
        <button type="button" class="btn" ?disabled=${busy} @click=${this.#browse}>${icon('folder-search')}Browse…</button></div>
      ${error ? html`<p class="field-error" id="path-error" role="alert">${icon('triangle-alert')}<span>${error}</span></p>` : nothing}
      <div class="row-wrap">${segments({
        name: 'export-structure', label: 'Folders', value: this.#structure.value,
        options: [{ value: 'folders', label: 'Keep the folders' }, { value: 'flat', label: 'All in one folder' }], change: (value) => { this.#structure.value = value; },
      })}</div>
      <label class="check"><input type="checkbox" .checked=${this.#sidecars.value} @change=${(/** @type {Event} */ event) => { this.#sidecars.value = /** @type {HTMLInputElement} */ (event.target).checked; }}>
        <span>XMP sidecars with flags, stars, labels, keywords, titles, captions and people</span></label>
      <div><button type="button" class="btn btn-primary" data-action="copy" ?disabled=${busy} @click=${this.#start}>${icon('copy')}Copy ${plural(this.what.count, 'photo')}</button></div>`;
  }

  /** @param {import('./state.js').Copy} copy */
  #result(copy) {
    const running = copy.state === 'running', trouble = copy.failed + copy.offline;
    return html`<div class="stack" data-copy=${copy.id} data-state=${copy.state}>
      ${running ? html`<div class="export-progress">${progressBar({ label: `Copying to ${copy.target}`, fraction: fractionOf(copy) })}</div>` : nothing}
      <p role="status">${copy.state === 'done' ? icon('circle-check') : nothing}<span>${running ? waiting.value ? `Waiting: ${waiting.value}` : 'Copying…' : copy.state === 'done' ? 'Done' : 'Stopped'} · ${resultOf(copy)}</span></p>
      <p class="muted break">In ${copy.target}${running ? '. You can close this: it goes on in the background, and the Work bar shows how far it is.' : ''}</p>
      <div class="row-wrap">
        ${running ? html`<button type="button" class="btn" @click=${() => this.#tell(copy.id, 'cancel')}>Stop</button>` : nothing}
        ${!running && (trouble || copy.state === 'cancelled') ? html`<button type="button" class="btn" @click=${() => this.#tell(copy.id, 'continue')}>${icon('rotate-ccw')}Try again</button>` : nothing}
        ${trouble ? html`<button type="button" class="btn" @click=${() => void openTroubles(copy)}>${icon('list')}What was not copied</button>` : nothing}</div></div>`;
  }

  /** @returns {import('pa/ui/path_field.js').PaPathField | null} */
  get #field() { return this.querySelector('pa-path-field'); }

  #browse = async () => {
    const path = await browseFolders({ title: 'Copy into', start: this.#field?.value.value.trim() ?? '', confirm: 'Copy into this folder' });
    if (path) this.#field?.fill(path);
  };

  #start = async () => {
    const target = this.#field?.value.value.trim() ?? '';
    if (!target) {
      this.#say('Type the path of a folder, or browse to it.');
      this.#field?.focusInput();
      return;
    }
    this.#busy.value = true;
    this.#say('');
    try {
      const copy = await startCopy(this.what.photos, { target, structure: this.#structure.value, sidecars: this.#sidecars.value });
      rememberTarget(target);
      this.#started.value = copy.id;
    } catch (error) {
      this.#say(refusal(error));
    } finally {
      this.#busy.value = false;
    }
  };

  /** @param {number} id @param {'cancel' | 'continue'} verb */
  async #tell(id, verb) {
    try {
      await tellCopy(id, verb);
    } catch (error) {
      this.#say(sentenceOf(error));
    }
  }

  /** @param {string} sentence */
  #say(sentence) {
    batch(() => {
      this.#error.value = sentence;
      if (this.#field) this.#field.error.value = sentence;
    });
  }
}

define('pa-export', PaExport);

/** @param {Exported} what */
export function openExport(what) {
  return openDialog({ title: `Export ${plural(what.count, 'photo')}`, size: 'medium', body: html`<pa-export .what=${what}></pa-export>` });
}

function recallTarget() {
  try {
    return localStorage.getItem(TARGET_KEY) ?? '';
  } catch {
    return '';
  }
}

/** @param {string} target */
function rememberTarget(target) {
  try {
    localStorage.setItem(TARGET_KEY, target);
  } catch {
    // Storage is blocked: the folder is typed again next time.
  }
}
