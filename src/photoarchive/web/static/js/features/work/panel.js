/** The Work panel: every job with its numbers and verbs, the work mode, and the files that could not be done. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { sentenceOf } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';
import { modeMeaning, WORK_MODES } from 'pa/core/work_modes.js';
import { jobErrors, pauseAll, setMode, tellJob, work } from 'pa/features/work/state.js';
import { colourOf, doneOf, fractionOf, isActive, pace, remaining, stateWord } from 'pa/features/work/words.js';
import { icon } from 'pa/ui/icons.js';
import { progressBar } from 'pa/ui/progress.js';
import { segments } from 'pa/ui/segments.js';

/** @typedef {import('pa/features/work/state.js').JobInfo} JobInfo */
/** @typedef {import('pa/features/work/state.js').JobError} JobError */

const FADE_GUARD_MS = 250;
/** @type {HTMLElement | null} */
let panel = null;
let closedAt = 0;

/** Open the panel, or close it if it is open. */
export function togglePanel() {
  // A click on the button first light-dismisses the open panel; it must not open it again.
  if (panel || performance.now() - closedAt < FADE_GUARD_MS) {
    panel?.hidePopover();
    return;
  }
  const opener = document.activeElement;
  panel = document.createElement('pa-work-panel');
  panel.popover = 'auto';
  panel.className = 'work-panel';
  panel.setAttribute('role', 'dialog');
  panel.setAttribute('aria-labelledby', 'work-panel-title');
  document.body.append(panel);
  panel.addEventListener('toggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== 'closed') return;
    const hadFocus = panel?.contains(document.activeElement) || document.activeElement === document.body;
    panel?.remove();
    panel = null;
    closedAt = performance.now();
    if (hadFocus && opener instanceof HTMLElement) opener.focus();
  });
  panel.showPopover();
  const title = panel.querySelector('h2');
  if (title instanceof HTMLElement) title.focus();
}

class PaWorkPanel extends PaElement {
  /** The job whose errors are open. */
  #open = signal('');
  /** @type {import('pa/core/signals.js').Signal<JobError[]>} */
  #errors = signal([]);
  #errorTotal = signal(0);
  #errorText = signal('');

  template() {
    const state = work.value;
    return html`
      <div class="work-panel-head">
        <h2 id="work-panel-title" tabindex="-1">Background work</h2>
        ${state ? html`<button type="button" class="btn btn-small" @click=${() => pauseAll(!state.paused_all)}>
          ${icon(state.paused_all ? 'play' : 'pause')}${state.paused_all ? 'Resume all' : 'Pause all'}</button>` : nothing}
        <button type="button" class="btn-icon" aria-label="Close" @click=${() => this.hidePopover()}>${icon('x')}</button>
      </div>
      ${state ? html`${modeChoice(state.mode)}
        ${state.governor?.reason ? html`<p class="work-note">${icon('gauge')}${sentence(state.governor.reason)}</p>` : nothing}
        <ul role="list" class="work-list">${state.jobs.map((job) => this.#job(job))}</ul>` : html`<p class="work-note">Asking the server…</p>`}`;
  }

  /** @param {JobInfo} job */
  #job(job) {
    const active = isActive(job);
    const isOpen = this.#open.value === job.name;
    return html`<li class="work-row" data-job-row=${job.name}>
      <div class="work-row-head"><h3>${job.title}</h3><span class="work-state" data-state=${job.state}>${stateWord(job)}</span>
        <span class="work-verbs">${this.#verbs(job)}</span></div>
      ${active ? html`<div class="work-row-bar">${progressBar({ label: `${job.title} progress`, fraction: fractionOf(job), colour: colourOf(job.name), text: doneOf(job) || 'working' })}</div>` : nothing}
      <div class="work-row-foot"><span>${doneOf(job)}</span><span>${active ? pace(job) : nothing}</span></div>
      ${job.reason && job.state !== 'running' ? html`<p class="work-reason">${sentence(job.reason)}</p>` : nothing}
      ${job.failed ? html`<button type="button" class="work-failed" aria-expanded=${String(isOpen)} @click=${() => this.#toggle(job.name)}>
        ${icon(isOpen ? 'chevron-down' : 'chevron-right')}${plural(job.failed, 'file')} could not be done</button>` : nothing}
      ${isOpen ? this.#errorList() : nothing}</li>`;
  }

  /** @param {JobInfo} job */
  #verbs(job) {
    const paused = job.state === 'paused';
    const verb = paused ? 'resume' : 'pause';
    return html`
      ${remaining(job) && job.state !== 'running' ? html`<button type="button" class="btn btn-small" aria-label=${`Run now: ${job.title}`}
        @click=${() => tellJob(job.name, 'run')}>Run now</button>` : nothing}
      <button type="button" class="btn-icon" aria-label=${`${paused ? 'Resume' : 'Pause'} ${job.title}`} title=${paused ? 'Resume' : 'Pause'}
        @click=${() => tellJob(job.name, verb)}>${icon(paused ? 'play' : 'pause')}</button>`;
  }

  #errorList() {
    const errors = this.#errors.value;
    const more = this.#errorTotal.value - errors.length;
    return html`<ul role="list" class="work-errors">
      ${errors.map((error) => html`<li><span class="break">${error.photo_id
        ? html`<a href=${`/library/photo/${error.photo_id}`} @click=${() => this.hidePopover()}>${error.path}</a>` : error.path}</span>
        <span class="work-error-reason">${sentence(error.reason)}</span></li>`)}
      ${this.#errorText.value ? html`<li class="bad">${this.#errorText.value}</li>` : nothing}</ul>
      ${more > 0 ? html`<button type="button" class="btn btn-small" @click=${() => this.#load(this.#open.value)}>${count(more)} more</button>` : nothing}`;
  }

  /** @param {string} name */
  #toggle(name) {
    const closing = this.#open.value === name;
    batch(() => {
      this.#open.value = closing ? '' : name;
      this.#errors.value = [];
      this.#errorTotal.value = 0;
      this.#errorText.value = '';
    });
    if (!closing) void this.#load(name);
  }

  /** @param {string} name */
  async #load(name) {
    try {
      const page = await jobErrors(name, this.#errors.value.length);
      if (this.#open.value !== name) return;
      batch(() => {
        this.#errors.value = [...this.#errors.value, ...page.errors];
        this.#errorTotal.value = page.total;
      });
    } catch (error) {
      this.#errorText.value = sentenceOf(error);
    }
  }
}

/** @param {string} mode */
function modeChoice(mode) {
  return html`<div class="work-modes">${segments({ name: 'work-mode', label: 'Work mode', value: mode, options: WORK_MODES, change: setMode })}
    <p class="work-note">${modeMeaning(mode)}</p></div>`;
}

/** "the drive is away" → "The drive is away." @param {string} text */
function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

define('pa-work-panel', PaWorkPanel);
