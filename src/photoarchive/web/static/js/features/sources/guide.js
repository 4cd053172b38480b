/** The setup guide of the first run: each step with its state. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { onServer } from 'pa/core/events.js';
import { bytes, count, plural } from 'pa/core/format.js';
import { getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { modeMeaning, WORK_MODES } from 'pa/core/work_modes.js';
import { sources } from 'pa/features/sources/state.js';
import { icon } from 'pa/ui/icons.js';
import { segments } from 'pa/ui/segments.js';
import { showToast } from 'pa/ui/toast.js';

const HIDDEN_KEY = 'photoarchive.guide';
const CHOSEN_KEY = 'photoarchive.guide.mode';
/** @typedef {{title: string, state: 'done'|'now'|'later', text: unknown, extra?: unknown}} Step */

export class PaSetupGuide extends PaElement {
  #hidden = signal(remembered(HIDDEN_KEY));
  #mode = signal('');
  #modeChosen = signal(remembered(CHOSEN_KEY));
  #cache = signal(/** @type {{dir: string, room: number} | null} */ (null));
  /** Which model answers searches; bundled: the one that came with the installation. */
  #model = signal(/** @type {{name: string, bundled: boolean} | null} */ (null));
  /** Whether faces are looked for, and in how many photos they were. */
  #people = signal(/** @type {{enabled: boolean, looked: number} | null} */ (null));

  connected() {
    void this.#load();
    this.whenGone(onServer('settings', () => void this.#load()));
    this.whenGone(onServer('models', () => void this.#load()));
    this.whenGone(onServer('work', (/** @type {{jobs: {name: string, done: number}[]}} */ work) => {
      const faces = work.jobs.find((job) => job.name === 'faces');
      if (faces && this.#people.peek()) this.#people.value = { enabled: this.#people.peek()?.enabled ?? true, looked: faces.done };
    }));
  }

  template() {
    const list = sources.value;
    if (!list) return nothing;
    if (this.#hidden.value) {
      return html`<button type="button" class="link-button guide-show" @click=${() => this.#hide(false)}>Show the setup guide</button>`;
    }
    const steps = this.#steps();
    const done = steps.filter((step) => step.state === 'done').length;
    return html`<section class="guide" aria-labelledby="guide-title">
      <header><h2 id="guide-title">Setting up</h2><span class="muted">${done} of ${steps.length} done</span>
        <button type="button" class="btn btn-small" @click=${() => this.#hide(true)}>Hide</button></header>
      <ol role="list">${steps.map((step, index) => html`<li class="guide-step" data-step-state=${step.state}>
        <span class="guide-mark">${step.state === 'done' ? icon('check', { label: 'Done' }) : index + 1}</span>
        <div><h3>${step.title}</h3><p class="muted">${step.text}</p>${step.extra ?? nothing}</div></li>`)}</ol></section>`;
  }

  /** @returns {Step[]} */
  #steps() {
    const list = (sources.value ?? []).filter((source) => source.included);
    const has = list.length > 0;
    const cache = this.#cache.value;
    return [
      { title: 'Add a folder', state: has ? 'done' : 'now', text: has ? plural(list.length, 'folder') : 'A folder on this machine or on a drive. It is only ever read.' },
      this.#scanStep(),
      {
        title: 'Choose how hard to work', state: this.#modeChosen.value ? 'done' : has ? 'now' : 'later', text: modeMeaning(this.#mode.value),
        extra: this.#mode.value ? segments({ name: 'guide-mode', label: 'Work mode', value: this.#mode.value, options: WORK_MODES, change: this.#setMode }) : nothing,
      },
      {
        title: 'Room for previews', state: cache ? 'done' : 'later',
        text: cache ? html`Up to ${bytes(cache.room)} in <span class="break">${cache.dir}</span>. <a href="/settings/previews">Change</a>` : '',
      },
      this.#searchStep(), this.#peopleStep(),
    ];
  }

  /** @returns {Step} */
  #searchStep() {
    const model = this.#model.value, title = 'Search by meaning';
    if (!model) return { title, state: 'later', text: '' };
    if (!model.bundled) return { title, state: 'done', text: html`${model.name} answers. <a href="/settings/models">Change</a>` };
    return { title, state: 'done', text: html`Basic search works at once: things, animals, scenes. A larger model knows more. <a href="/settings/models">Choose one</a>` };
  }

  /** @returns {Step} */
  #peopleStep() {
    const people = this.#people.value, title = 'People';
    if (!people) return { title, state: 'later', text: '' };
    if (!people.enabled) return { title, state: 'done', text: html`Faces are not looked for. <a href="/settings/people">Change</a>` };
    if (people.looked === 0) return { title, state: 'later', text: html`Faces are found by themselves as previews are made, on this machine only. <a href="/settings/people">Change</a>` };
    return { title, state: 'done', text: html`Looked for faces in ${plural(people.looked, 'photo')}. <a href="/people">Name people</a>` };
  }

  /** @returns {Step} */
  #scanStep() {
    const list = (sources.value ?? []).filter((source) => source.included);
    const scanning = list.find((source) => source.state === 'scanning' || source.state === 'queued');
    const photos = list.reduce((sum, source) => sum + source.active_image_count, 0);
    if (scanning) {
      const found = scanning.scan?.found ?? 0;
      return { title: 'Scan', state: 'now', text: `${count(found)} files found so far. You can already look at them.`, extra: html`<a href="/library">Open the Library</a>` };
    }
    const scanned = list.some((source) => source.last_scan_at);
    return scanned ? { title: 'Scan', state: 'done', text: plural(photos, 'photo'), extra: html`<a href="/library">Open the Library</a>` }
      : { title: 'Scan', state: 'later', text: 'Begins by itself. Pictures appear while it runs.' };
  }

  async #load() {
    try {
      const { settings, cache, ai } = await getJson('/api/settings');
      this.#mode.value = settings.background_work_mode;
      this.#cache.value = { dir: settings.ssd_cache_dir, room: cache.disk.budget_bytes }; // what the drive leaves of the setting
      const daily = ai.embedding_indexes.daily;
      this.#model.value = daily ? { name: daily.model_id, bundled: daily.model === 'lite' } : null;
      const enabled = settings.people_scan_enabled;
      this.#people.value = { enabled, looked: this.#people.peek()?.looked ?? 0 };
      const people = await getJson('/api/people/status', { automatic: true }); // takes seconds when the face model is used for the first time
      this.#people.value = { enabled, looked: people.counts.scanned_images };
    } catch {
      // The steps then stay without their values; the next change of a setting tries again.
    }
  }

  #setMode = async (/** @type {string} */ mode) => {
    this.#mode.value = mode;
    try {
      await postJson('/api/work/mode', { mode });
      remember(CHOSEN_KEY, true);
      this.#modeChosen.value = true;
    } catch (error) {
      showToast(sentenceOf(error), { kind: 'error' });
    }
  };

  /** @param {boolean} hidden */
  #hide(hidden) {
    remember(HIDDEN_KEY, hidden);
    this.#hidden.value = hidden;
  }
}

/** @param {string} key */
function remembered(key) {
  try {
    return localStorage.getItem(key) === 'yes';
  } catch {
    return false; // storage is blocked
  }
}

/** @param {string} key @param {boolean} yes */
function remember(key, yes) {
  try {
    localStorage.setItem(key, yes ? 'yes' : 'no');
  } catch {
    // Storage is blocked: it is then asked again after a reload.
  }
}

define('pa-setup-guide', PaSetupGuide);
