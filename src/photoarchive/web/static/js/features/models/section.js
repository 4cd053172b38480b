/** Search models in Settings: one card for each, with what it enables, its state, and what can be done about it. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { bytes } from 'pa/core/format.js';
import { sentenceOf } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';
import { chooseModelFolder, followModels, hub, indexes, loadModels, models, remote, tellModel } from 'pa/features/models/state.js';
import { indexWords, installFraction, installWords, runningWords, STATE_WORDS, versionWords } from 'pa/features/models/words.js';
import { confirmDialog } from 'pa/ui/dialog.js';
import { browseFolders } from 'pa/ui/folder_browser.js';
import { icon } from 'pa/ui/icons.js';
import { progressBar } from 'pa/ui/progress.js';

/** @typedef {import('pa/features/models/words.js').Model} Model */

const COLOURS = { basic: '--work-embed', daily: '--work-embed', deep: '--work-deep', faces: '--work-faces' };

class PaModels extends PaElement {
  #failure = signal('');
  /** What went wrong with the last verb, by role. */
  #errors = signal(/** @type {Record<string, string>} */ ({}));
  #busy = signal('');

  connected() {
    this.whenGone(followModels());
    void loadModels().catch((error) => { this.#failure.value = sentenceOf(error); });
  }

  template() {
    const list = models.value;
    if (!list) return html`<p class="muted" role="status">${this.#failure.value || 'Looking at the models…'}</p>`;
    return html`<p class="muted">Basic search comes with photoArchive. Larger models understand more. They run on this machine; nothing is fetched unless you ask for it.</p>
      <div class="models">${list.map((model) => this.#card(model))}</div>`;
  }

  /** @param {Model} model */
  #card(model) {
    const error = this.#errors.value[model.role] ?? '';
    const bad = model.state === 'wrong' || (model.state !== 'installing' && model.install?.phase === 'failed');
    const installed = model.state === 'installed' || model.state === 'checking';
    return html`<article class="model" data-model=${model.role} data-state=${model.state} aria-labelledby=${`model-${model.role}`}>
      <header><h3 id=${`model-${model.role}`}>${model.title}</h3><span class="model-state" data-kind=${bad ? 'bad' : installed ? 'good' : 'plain'}>
        ${icon(bad ? 'triangle-alert' : model.state === 'installed' ? 'circle-check' : model.state === 'installing' ? 'download' : model.state === 'paused' ? 'pause' : 'circle')}${bad && model.state === 'paused' ? 'Stopped' : STATE_WORDS[model.state]}</span></header>
      <p class="model-name">${model.name} <span class="muted">· ${bytes(model.size)}</span></p>
      <p>${model.enables}</p>
      ${installed || !model.without ? nothing : html`<p class="muted">${model.without}</p>`}
      ${this.#fit(model)}${this.#progress(model)}
      ${bad ? html`<p class="field-error" role="alert">${icon('triangle-alert')}<span class="break">${model.sentence}</span></p>` : nothing}
      ${error ? html`<p class="field-error" role="alert">${icon('triangle-alert')}<span class="break">${error}</span></p>` : nothing}
      ${this.#facts(model)}${this.#verbs(model)}</article>`;
  }

  /** @param {Model} model */
  #fit(model) {
    if (!model.fit || model.running?.loaded) return nothing;
    const { state, sentence } = model.fit;
    return html`<p class="model-fit" data-fit=${state}>${icon(state === 'fits' ? 'check' : 'info')}<span>${sentence}</span></p>`;
  }

  /** @param {Model} model */
  #progress(model) {
    if (model.state === 'checking') {
      return html`<div class="model-progress">${progressBar({ label: `Checking ${model.name}`, fraction: model.checked, colour: COLOURS[model.role] })}
        <span class="muted">Checking the files, once.</span></div>`;
    }
    const install = model.install;
    if (!install || (model.state !== 'installing' && model.state !== 'paused')) return nothing;
    return html`<div class="model-progress">
      ${progressBar({ label: `Installing ${model.name}`, fraction: installFraction(install), colour: COLOURS[model.role], text: installWords(install) })}
      <span class="muted number">${installWords(install)}</span></div>`;
  }

  /** @param {Model} model */
  #facts(model) {
    const facts = [['Folder', model.folder], ['Version', versionWords(model)], ['Index', indexWords(indexes.value[model.role])], ['Runs on', runningWords(model.running)]].filter(([, value]) => value);
    if (!facts.length) return nothing;
    return html`<dl class="model-facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd class="break">${value}</dd></div>`)}</dl>`;
  }

  /** @param {Model} model */
  #verbs(model) {
    if (model.role === 'faces' || model.role === 'basic') return nothing;
    const { state } = model;
    const busy = this.#busy.value === model.role;
    /** @param {string} name @param {string} symbol @param {() => unknown} run @param {boolean} [primary] */
    const button = (name, symbol, run, primary = false) => html`<button type="button" class="btn ${primary ? 'btn-primary' : ''}" ?disabled=${busy} @click=${run}>${icon(symbol)}${name}</button>`;
    const here = !remote.value && state !== 'installing';
    return html`<div class="row-wrap">
      ${model.installable && state === 'absent' ? button(`Install, ${bytes(model.size)}…`, 'download', () => this.#install(model), true) : nothing}
      ${model.installable && state === 'paused' ? button('Resume', 'play', () => this.#tell('install', model), true) : nothing}
      ${state === 'installing' ? button('Pause', 'pause', () => this.#tell('pause', model)) : nothing}
      ${state === 'installing' || state === 'paused' ? button('Cancel…', 'x', () => this.#cancel(model)) : nothing}
      ${here ? button('Choose folder…', 'folder-open', () => this.#choose(model)) : nothing}
      ${here && !model.default_folder ? button('Use the default folder', 'rotate-ccw', () => this.#use(model, null)) : nothing}
      ${model.own_folder && (state === 'installed' || state === 'wrong' || state === 'checking') ? button('Remove…', 'trash-2', () => this.#remove(model)) : nothing}</div>`;
  }

  /** @param {Model} model */
  async #install(model) {
    const sure = await confirmDialog({
      title: `Install ${model.name}?`,
      confirm: `Fetch ${bytes(model.size)}`,
      body: html`<p>${bytes(model.size)} are fetched from <b class="break">${hub.value}</b> into <span class="break">${model.folder}</span>. This is the only time photoArchive contacts another computer, and your photos are not part of it.</p>
        <p class="muted">You can pause and go on later. Every file is checked, and no program code is fetched or run.</p>
        ${model.fit && model.fit.state !== 'fits' ? html`<p class="model-fit" data-fit=${model.fit.state}>${icon('info')}<span>${model.fit.sentence}</span></p>` : nothing}`,
    });
    if (sure) await this.#tell('install', model);
  }

  /** @param {Model} model */
  async #cancel(model) {
    const arrived = model.install?.done ?? 0;
    const sure = !arrived || await confirmDialog({
      title: 'Cancel this install?', confirm: `Delete ${bytes(arrived)}`, danger: true,
      body: html`<p>The ${bytes(arrived)} that have arrived are deleted. To go on later, use Pause instead.</p>`,
    });
    if (sure) await this.#tell('cancel', model);
  }

  /** @param {Model} model */
  async #remove(model) {
    const sure = await confirmDialog({
      title: `Remove ${model.name}?`, confirm: `Delete ${bytes(model.size)}`, danger: true,
      body: html`<p>The model's files in <span class="break">${model.folder}</span> are deleted. ${model.without}</p>
        <p class="muted">What it learned about your photos is kept, in case you install it again. Photos are not touched.</p>`,
    });
    if (sure) await this.#tell('remove', model);
  }

  /** @param {Model} model */
  async #choose(model) {
    const path = await browseFolders({ title: `Folder of ${model.name}`, start: '', confirm: 'Use this folder' });
    if (path) await this.#use(model, path);
  }

  /** @param {Model} model @param {string | null} path */
  #use(model, path) {
    return this.#act(model.role, () => chooseModelFolder(model.role, path));
  }

  /** @param {'install'|'pause'|'cancel'|'remove'} verb @param {Model} model */
  #tell(verb, model) {
    return this.#act(model.role, () => tellModel(verb, model.role));
  }

  /** @param {string} role @param {() => Promise<unknown>} act */
  async #act(role, act) {
    batch(() => {
      this.#busy.value = role;
      this.#errors.value = { ...this.#errors.peek(), [role]: '' };
    });
    try {
      await act();
    } catch (error) {
      this.#errors.value = { ...this.#errors.peek(), [role]: sentenceOf(error) };
    } finally {
      this.#busy.value = '';
    }
  }
}

define('pa-models', PaModels);
