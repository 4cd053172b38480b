/** The Work bar at the bottom of every page: what runs, how far it is, and Pause all. */
import { html, nothing } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { define, PaElement } from 'pa/core/element.js';
import { connection } from 'pa/core/events.js';
import { count } from 'pa/core/format.js';
import { effect, signal } from 'pa/core/signals.js';
import { photoTotal, selectedCount } from 'pa/core/status.js';
import { togglePanel } from 'pa/features/work/panel.js';
import { pauseAll, startWork, work } from 'pa/features/work/state.js';
import { briefly, colourOf, doneOf, fractionOf, isActive, news } from 'pa/features/work/words.js';
import { icon } from 'pa/ui/icons.js';
import { progressBar } from 'pa/ui/progress.js';

class PaWorkBar extends PaElement {
  #announcement = signal('');

  connected() {
    startWork();
    /** @type {import('pa/features/work/state.js').Work | null} */
    let before = null;
    this.whenGone(effect(() => {
      const now = work.value;
      if (!now) return;
      const said = news(before, now);
      before = now;
      if (said.length) this.#announcement.value = said.join(' ');
    }));
  }

  template() {
    const state = work.value;
    return html`
      <button type="button" class="work-open" aria-haspopup="dialog" @click=${togglePanel}>${icon('activity')}<span>Work</span></button>
      <div class="work-jobs">${this.#jobs()}</div>
      <span class="work-count">${this.#counts()}</span>
      ${state && (state.paused_all || state.jobs.some(isActive)) ? html`
        <button type="button" class="btn btn-small work-pause" aria-label=${state.paused_all ? 'Resume all' : 'Pause all'}
                @click=${() => pauseAll(!state.paused_all)}>
          ${icon(state.paused_all ? 'play' : 'pause')}<span>${state.paused_all ? 'Resume all' : 'Pause all'}</span></button>` : nothing}
      <span class="visually-hidden" role="status">${this.#announcement.value}</span>`;
  }

  #jobs() {
    if (connection.value === 'lost') {
      return html`<span class="work-lost">${icon('unplug')}photoArchive's server isn't answering. Trying again…</span>`;
    }
    const state = work.value;
    if (!state) return nothing;
    const active = state.jobs.filter(isActive);
    if (active.length === 0) return html`<span class="work-idle">${state.paused_all ? 'All work is paused' : 'All caught up'}</span>`;
    return repeat(active, (job) => job.name, (job) => html`
      <span class="work-job" data-job=${job.name} data-state=${job.state} title=${`${job.title}: ${[doneOf(job), briefly(job)].filter(Boolean).join(', ')}`}>
        <span class="work-name">${job.title}</span>
        ${progressBar({ label: job.title, fraction: fractionOf(job), colour: colourOf(job.name), text: doneOf(job) || 'working' })}
        <span class="work-pace">${briefly(job)}</span></span>`);
  }

  #counts() {
    const total = photoTotal.value;
    const selected = selectedCount.value;
    if (total === null) return nothing;
    const noun = total === 1 ? 'photo' : 'photos';
    return selected ? `${count(selected)} selected of ${count(total)}` : `${count(total)} ${noun}`;
  }
}

define('pa-work-bar', PaWorkBar);
