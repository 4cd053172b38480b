/** What is kept of searches in Settings: results, and the searches themselves; and forgetting them. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { bytes, count, plural } from 'pa/core/format.js';
import { getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { confirmDialog } from 'pa/ui/dialog.js';
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
        <p class="muted">A search made before answers at once, with new photos in their places.</p>${this.#facts()}</section>
      <section class="settings-block" data-recent-searches aria-labelledby="recent-searches-title"><h3 id="recent-searches-title">Recent searches</h3>
        <p class="muted">What you searched for is offered in the search box, and Deep Search answers it too. It never leaves this machine.</p>
        <div><button type="button" class="btn" @click=${this.#forget}>${icon('trash-2')}Forget recent searches…</button></div></section>`;
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

  #forget = async () => {
    const sure = await confirmDialog({
      title: 'Forget recent searches?', confirm: 'Forget them', danger: true,
      body: 'They are no longer offered in the search box. Saved searches stay.',
    });
    if (!sure) return;
    try {
      await postJson('/api/search/recent/forget', {});
      showToast('Recent searches forgotten. Saved ones stay.', { kind: 'done' });
    } catch (error) {
      showToast(sentenceOf(error), { kind: 'error' });
    }
  };

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
