/** Backups of the catalog. Exports stand beside them (features/export). */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { bytes, dateTime } from 'pa/core/format.js';
import { getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {{name: string, path?: string, bytes: number, made_at: number | string, kind?: string}} Backup */

class PaBackups extends PaElement {
  #list = signal(/** @type {Backup[] | null} */ (null));
  #folder = signal('');
  #error = signal('');
  #busy = signal(false);

  connected() {
    void this.#load();
  }

  template() {
    const list = this.#list.value;
    return html`<section class="settings-block" aria-labelledby="backup-title">
      <h3 id="backup-title">Backup</h3>
      <p class="muted">Flags, stars, ratings, names and everything else you entered. A backup is made each day; seven are kept. Photos are not part of it.</p>
      <div><button type="button" class="btn btn-primary" ?disabled=${this.#busy.value} @click=${this.#make}>${icon('save')}${this.#busy.value ? 'Backing up…' : 'Back up now'}</button></div>
      ${this.#error.value ? html`<p class="field-error" role="alert">${icon('triangle-alert')}${this.#error.value}</p>` : nothing}
      ${list === null ? nothing : list.length === 0 ? html`<p class="muted">No backup yet.</p>` : html`
        <ul role="list" class="backups" aria-label="Backups">${list.map((backup) => html`<li><span>${dateTime(backup.made_at)}</span>
          <span class="break muted">${backup.name}</span><span class="number">${bytes(backup.bytes)}</span></li>`)}</ul>
        ${this.#folder.value ? html`<p class="muted break">In ${this.#folder.value}. To go back to one: <code>photoarchive restore</code>.</p>` : nothing}`}
    </section>
    <pa-export-block></pa-export-block>`;
  }

  async #load() {
    try {
      const answer = await getJson('/api/backups');
      this.#list.value = answer.backups;
      this.#folder.value = answer.folder ?? '';
    } catch (error) {
      this.#error.value = sentenceOf(error);
    }
  }

  #make = async () => {
    this.#busy.value = true;
    this.#error.value = '';
    try {
      await postJson('/api/backup');
      await this.#load();
      showToast('The backup is made and checked.', { kind: 'done' });
    } catch (error) {
      this.#error.value = sentenceOf(error);
    } finally {
      this.#busy.value = false;
    }
  };
}

define('pa-backups', PaBackups);
