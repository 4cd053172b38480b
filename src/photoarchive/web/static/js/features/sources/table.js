/** The table of sources with their states, findings and verbs: on the Catalog page and in Settings. */
import { html, nothing } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { define, PaElement } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { sentenceOf } from 'pa/core/http.js';
import { navigate } from 'pa/core/router.js';
import { askRemove, editExclusions, showErrors } from 'pa/features/sources/dialogs.js';
import { browseFolders } from 'pa/ui/folder_browser.js';
import { followSources, loadSources, sources, tellSource } from 'pa/features/sources/state.js';
import { contents, findings, lastScan, scanning, stateOf } from 'pa/features/sources/words.js';
import { icon } from 'pa/ui/icons.js';
import { openMenu } from 'pa/ui/menu.js';
import { progressBar } from 'pa/ui/progress.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {import('pa/features/sources/state.js').Source} Source */

export class PaSourceTable extends PaElement {
  connected() {
    this.whenGone(followSources());
    if (sources.value === null) void this.#try(loadSources);
  }

  template() {
    const list = sources.value;
    if (list === null) return html`<p class="muted" role="status">Reading the catalog…</p>`;
    if (list.length === 0) return html`<p class="muted">No folders yet.</p>`;
    return html`<table class="sources" role="table">
      <thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Folder</th><th role="columnheader" scope="col">State</th><th role="columnheader" scope="col" class="number">Photos</th><th role="columnheader" scope="col">Last scan</th>
        <th role="columnheader" scope="col" class="number">Errors</th><th role="columnheader" scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
      <tbody role="rowgroup">${repeat(list, (source) => source.id, (source) => this.#row(source))}</tbody></table>`;
  }

  /** @param {Source} source */
  #row(source) {
    const state = stateOf(source);
    const busy = source.state === 'scanning' || source.state === 'queued';
    return html`<tr role="row" data-source-id=${source.id} data-state=${source.state}>
      <th role="rowheader" scope="row" class="source-name"><span class="break">${source.display_name}</span><small class="break">${source.path}</small></th>
      <td role="cell" class="source-state" data-label="State"><span class="state state-${source.state}" title=${state.meaning}>${icon(state.icon)}${state.label}</span></td>
      <td role="cell" class="number" data-label="Photos" title=${contents(source)}>${count(source.active_image_count)}</td>
      <td role="cell" data-label="Last scan">${busy ? this.#progress(source) : html`<span>${findings(source).join(', ') || '–'}</span><small>${lastScan(source)}</small>`}</td>
      <td role="cell" class="number" data-label="Errors">${source.error_count ? html`<button type="button" class="link-button"
        aria-label=${`${plural(source.error_count, 'file')} of ${source.display_name} could not be read: show them`}
        @click=${() => showErrors(source)}>${count(source.error_count)}</button>` : html`<span class="faint">0</span>`}</td>
      <td role="cell" class="source-verbs">${this.#verbs(source, busy)}</td></tr>`;
  }

  /** @param {Source} source */
  #progress(source) {
    const fraction = source.state === 'scanning' ? source.scan?.done_fraction ?? null : 0;
    return html`<div class="source-scan">${progressBar({ label: `Scan of ${source.display_name}`, fraction, colour: '--work-scan' })}<small>${scanning(source)}</small></div>`;
  }

  /** @param {Source} source @param {boolean} busy */
  #verbs(source, busy) {
    const main = source.state === 'removed' ? { label: 'Restore', icon: 'rotate-ccw', run: () => this.#tell(source, 'restore', {}, 'Its photos are back.') }
      : busy ? { label: 'Stop scan', icon: 'x', run: () => this.#tell(source, 'cancel', {}, 'The scan stops. What it found stays.') }
        : { label: 'Rescan', icon: 'refresh-cw', run: () => this.#rescan(source) };
    return html`<button type="button" class="btn btn-small" aria-label=${`${main.label}: ${source.display_name}`} @click=${main.run}>${icon(main.icon)}${main.label}</button>
      ${source.in_trash ? nothing : html`<button type="button" class="btn-icon" aria-haspopup="menu" aria-expanded="false" aria-label=${`More for ${source.display_name}`}
        @click=${(/** @type {Event} */ event) => this.#menu(/** @type {HTMLElement} */ (event.currentTarget), source)}>${icon('ellipsis')}</button>`}`;
  }

  /** @param {HTMLElement} button @param {Source} source */
  #menu(button, source) {
    const remove = { label: 'Remove…', icon: 'trash-2', danger: true, run: () => this.#remove(source) };
    if (source.state === 'removed') {
      openMenu(button, [{ ...remove, label: 'Delete its catalog data…' }]);
      return;
    }
    openMenu(button, [
      { label: 'Scan a sub-folder…', icon: 'folder-search', disabled: !source.online, run: () => this.#scanPart(source) },
      { label: source.watch ? 'Stop watching for changes' : 'Watch for changes', icon: source.watch ? 'eye-off' : 'eye', run: () => this.#watch(source) },
      { label: 'Exclusions…', icon: 'funnel', run: () => this.#exclude(source) },
      { label: 'Show its photos', icon: 'images', run: () => navigate(`/library?source=${source.id}`) },
      'line',
      remove,
    ]);
  }

  /** @param {Source} source */
  #rescan(source) {
    return this.#tell(source, 'rescan', {}, `Scanning ${source.display_name}.`);
  }

  /** @param {Source} source */
  async #scanPart(source) {
    const path = await browseFolders({ title: `Scan a sub-folder of ${source.display_name}`, start: source.path, confirm: 'Scan this folder', within: source.path });
    if (!path) return;
    const subfolder = path.slice(source.path.length).replace(/^\/+/, '');
    await this.#tell(source, 'rescan', { subfolder }, `Scanning ${subfolder || source.display_name}.`);
  }

  /** @param {Source} source */
  #watch(source) {
    const on = !source.watch;
    return this.#tell(source, 'settings', { watch: on }, on ? 'New and changed photos are noticed by themselves.' : 'Changes are found at the next scan.');
  }

  /** @param {Source} source */
  #exclude(source) {
    return editExclusions(source, async (exclude) => {
      await tellSource(source.id, 'settings', { exclude });
      if (source.online) await tellSource(source.id, 'rescan');
    });
  }

  /** @param {Source} source */
  async #remove(source) {
    const mode = await askRemove(source);
    if (!mode) return;
    if (mode === 'delete') {
      await this.#tell(source, 'remove', { mode }, `The catalog data of ${source.display_name} is deleted. Your files are untouched.`);
      return;
    }
    const restore = { label: 'Restore', run: () => this.#tell(source, 'restore', {}, 'Its photos are back.') };
    await this.#try(async () => {
      await tellSource(source.id, 'remove', { mode });
      showToast(`${source.display_name} is hidden. Everything about it is kept.`, { kind: 'done', action: restore });
    });
  }

  /** @param {Source} source @param {string} verb @param {object} body @param {string} said */
  #tell(source, verb, body, said) {
    return this.#try(async () => {
      await tellSource(source.id, verb, body);
      showToast(said, { kind: 'done' });
    });
  }

  /** @param {() => Promise<unknown>} action */
  async #try(action) {
    try {
      await action();
    } catch (error) {
      showToast(sentenceOf(error), { kind: 'error' });
    }
  }
}

/** Questions of scans that stopped rather than harm the catalog: one banner each. */
export class PaSourceQuestions extends PaElement {
  connected() {
    this.whenGone(followSources());
  }

  template() {
    const asking = (sources.value ?? []).filter((source) => source.question);
    return repeat(asking, (source) => source.id, (source) => html`
      <section class="banner banner-warn" aria-label=${`Question about ${source.display_name}`} data-question=${source.id}>
        ${icon('triangle-alert')}
        <div class="banner-text"><p><b>${source.display_name}</b></p><p>${source.question?.sentence}</p></div>
        <div class="banner-actions">${source.question?.options.map((option) => html`
          <button type="button" class="btn" @click=${() => this.#answer(source, option.value)}>${option.label}</button>`) ?? nothing}</div>
      </section>`);
  }

  /** @param {Source} source @param {string} answer */
  async #answer(source, answer) {
    try {
      await tellSource(source.id, 'answer', { answer });
    } catch (error) {
      showToast(sentenceOf(error), { kind: 'error' });
    }
  }
}

define('pa-source-table', PaSourceTable);
define('pa-source-questions', PaSourceQuestions);
