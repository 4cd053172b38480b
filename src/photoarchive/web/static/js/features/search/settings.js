/** The kept results of searches in Settings: how much is kept, and clearing. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { bytes, count, plural } from 'pa/core/format.js';
import { getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {{results: number, bytes: number, limit: number}} Kept */

class PaKeptResults extends PaElement {
  #kept = signal(/** @type {Kept | null} */ (null));
  #error = signal('');

  connected() {
    void this.#load();
  }

  template() {
    return html`<section class="settings-block" data-kept-results aria-labelledby="kept-results-title"><h3 id="kept-results-title">Kept results</h3>
        <p class="muted">A search made before answers at once, with new photos in their places.</p>${this.#facts()}</section>`;
  }

  #facts() {
    const kept = this.#kept.value, error = this.#error.value;
    if (!kept) return html`<p class="muted" role="status">${error || 'Counting…'}</p>`;
    return html`<p role="status">${plural(kept.results, 'result')}, ${bytes(kept.bytes)} of ${bytes(kept.limit)}</p>
      ${error ? html`<p class="field-error" role="alert">${icon('triangle-alert')}<span>${error}</span></p>` : nothing}
      <div><button type="button" class="btn" ?disabled=${kept.results === 0} @click=${this.#clear}>${icon('trash-2')}Clear kept results</button></div>`;
  }

  async #load() {
    try {
      this.#kept.value = await getJson('/api/search/kept');
      this.#error.value = '';
    } catch (error) {
      this.#error.value = sentenceOf(error);
    }
  }

  /** Nothing is lost: each is made again when it is asked for. */
  #clear = async () => {
    const before = this.#kept.peek()?.results ?? 0;
    try {
      this.#kept.value = await postJson('/api/search/kept/clear');
      this.#error.value = '';
      showToast(`${count(before)} kept ${before === 1 ? 'result' : 'results'} cleared.`, { kind: 'done' });
    } catch (error) {
      this.#error.value = sentenceOf(error);
    }
  };
}

define('pa-kept-results', PaKeptResults);
