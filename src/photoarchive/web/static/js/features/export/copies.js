/** Export in Settings: the whole library as a list or as copies, and the copies that were made. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { dateTime } from 'pa/core/format.js';
import { getJson, sentenceOf } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { progressBar } from 'pa/ui/progress.js';
import { showToast } from 'pa/ui/toast.js';
import { openExport } from './dialog.js';
import { copies, followCopies, fractionOf, resultOf, tellCopy, waiting } from './state.js';
import { openTroubles } from './troubles.js';

const STATES = { running: 'Copying', done: 'Done', cancelled: 'Stopped' };

class PaExportBlock extends PaElement {
  #photos = signal(0);

  connected() {
    this.whenGone(followCopies());
    void this.#count();
  }

  template() {
    const list = copies.value ?? [];
    return html`<section class="settings-block" aria-labelledby="export-title"><h3 id="export-title">Export</h3>
      <p class="muted">Every photo with its rank, flag, date, camera and place as a list, or copies of the originals with sidecars in a folder of your choice. To export some photos, select them in the Library.</p>
      <div class="row-wrap"><button type="button" class="btn" ?disabled=${!this.#photos.value} @click=${this.#open}>${icon('download')}Export the whole library…</button></div>
      ${list.length ? html`<ul role="list" class="export-copies" aria-label="Copies of originals">${list.map((copy) => this.#copy(copy))}</ul>` : nothing}</section>`;
  }

  /** @param {import('./state.js').Copy} copy */
  #copy(copy) {
    const running = copy.state === 'running', trouble = copy.failed + copy.offline;
    return html`<li data-copy=${copy.id} data-state=${copy.state}>
      <div class="export-copy-head"><strong class="break">${copy.target}</strong><span class="muted">${dateTime(copy.started_at)}</span></div>
      ${running ? progressBar({ label: `Copying to ${copy.target}`, fraction: fractionOf(copy) }) : nothing}
      <span>${STATES[copy.state]} · ${resultOf(copy)}${running && waiting.value ? ` · waiting: ${waiting.value}` : ''}</span>
      <div class="row-wrap">
        ${running ? html`<button type="button" class="btn btn-small" @click=${() => void tell(copy.id, 'cancel')}>Stop</button>` : nothing}
        ${!running && (trouble || copy.state === 'cancelled') ? html`<button type="button" class="btn btn-small" @click=${() => void tell(copy.id, 'continue')}>${icon('rotate-ccw')}${copy.state === 'cancelled' ? 'Go on' : 'Try again'}</button>` : nothing}
        ${trouble ? html`<button type="button" class="btn btn-small" @click=${() => void openTroubles(copy)}>${icon('list')}What was not copied</button>` : nothing}</div></li>`;
  }

  #open = () => void openExport({ count: this.#photos.peek(), photos: { view: {} }, list: '' });

  async #count() {
    try {
      this.#photos.value = (await getJson('/api/stats')).total_images;
    } catch (error) {
      showToast(sentenceOf(error), { kind: 'error' });
    }
  }
}

/** @param {number} id @param {'cancel' | 'continue'} verb */
async function tell(id, verb) {
  try {
    await tellCopy(id, verb);
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}

define('pa-export-block', PaExportBlock);
