/** About: the promise, the version, and the work of others that is inside. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { ago } from 'pa/core/format.js';
import { getJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';

/** @typedef {{name: string, version: string, licence: string, reason: string, text: string}} Licence */

const STATIC = new URL('../../../', import.meta.url).pathname;
const PROMISES = [
  'Originals are never changed, moved, renamed or deleted. Nothing is written into your folders.',
  'Everything runs on this machine. photoArchive contacts nobody.',
  'What you do is kept: not even a crash or an unplugged drive loses it, and everything can be undone.',
];

class PaAbout extends PaElement {
  #status = signal(/** @type {any} */ (null));
  #licences = signal(/** @type {Licence[]} */ ([]));

  connected() {
    void getJson('/api/dev/status').then((status) => { this.#status.value = status; }).catch(() => {}); // shown without version then
    void getJson(`${STATIC}data/licences.json`).then((list) => { this.#licences.value = list; }).catch(() => {});
  }

  template() {
    const status = this.#status.value;
    return html`
      <ul role="list" class="promises">${PROMISES.map((promise) => html`<li>${icon('shield-check')}${promise}</li>`)}</ul>
      <p class="muted">photoArchive ${status?.version ?? ''}${status?.git_commit ? html` (${String(status.git_commit).slice(0, 9)})` : nothing}${status?.started_at ? html`, started ${ago(status.started_at)}` : nothing}. MIT licence.</p>
      <section class="settings-block" aria-labelledby="parts-title"><h3 id="parts-title">Parts by others in these pages</h3>
        <ul role="list" class="licences">${this.#licences.value.map((part) => html`<li><b>${part.name}</b> <span class="muted">${part.version}, ${part.reason}</span>
          <a href=${`${STATIC}${part.text}`} target="_blank" rel="noopener">${part.licence}</a></li>`)}</ul>
        <p class="muted">The licences of the server's parts are listed in the file NOTICE of the installation.</p></section>`;
  }
}

define('pa-about', PaAbout);
