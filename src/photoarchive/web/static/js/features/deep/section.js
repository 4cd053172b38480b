/** Deep search in Settings: what it does now, when it may work, and the saved terms. */
import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { define, PaElement } from 'pa/core/element.js';
import { duration, plural } from 'pa/core/format.js';
import { sentenceOf } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { changeTerms, followDeep, loadDeep, runDeep, saveSchedule, status, terms } from 'pa/features/deep/state.js';
import { countWords, DAYS, fraction, isOvernight, scheduleWords, withDay } from 'pa/features/deep/words.js';
import { icon } from 'pa/ui/icons.js';
import { progressBar } from 'pa/ui/progress.js';

/** @typedef {import('pa/features/deep/state.js').Status} Status */
/** @typedef {import('pa/features/deep/state.js').Schedule} Schedule */
/** @typedef {import('pa/features/deep/state.js').Term} Term */

const STATES = { no_model: 'No model', complete: 'All done', waiting: 'Waiting', running: 'Working', paused: 'Paused', error: 'Stopped' };

class PaDeep extends PaElement {
  #failure = signal('');
  #runError = signal('');
  #scheduleError = signal('');
  #termError = signal('');
  #typed = signal('');

  connected() {
    this.whenGone(followDeep());
    void loadDeep().catch((error) => { this.#failure.value = sentenceOf(error); });
  }

  template() {
    const now = status.value;
    const saved = terms.value;
    if (!now || !saved) return html`<p class="muted" role="status">${this.#failure.value || 'Asking Deep Search…'}</p>`;
    return html`<p class="muted">A larger model looks at your photos while you sleep and answers your saved terms, and what you searched for. Its results replace the fast ones and carry a “deep” badge.</p>
      ${this.#now(now)}
      <section class="settings-block" aria-labelledby="deep-terms-title"><h3 id="deep-terms-title">Saved terms</h3>${this.#terms(saved, now)}</section>
      <section class="settings-block" aria-labelledby="deep-hours-title"><h3 id="deep-hours-title">Hours</h3>${this.#schedule(now.schedule)}</section>`;
  }

  /** @param {Status} now */
  #now(now) {
    const running = now.state === 'running';
    return html`<section class="deep-state" data-state=${now.state} aria-label="What Deep Search does now">
      <header><strong>${STATES[now.state]}</strong>${now.model_installed
        ? html`<button type="button" class="btn" ?disabled=${now.state === 'complete' || now.asked} @click=${this.#run}>${icon('play')}${now.asked ? 'Running now' : 'Run now'}</button>`
        : html`<a class="btn btn-primary" href="/settings/models">Search models</a>`}</header>
      <p>${now.sentence}${running && now.eta_seconds ? ` About ${duration(now.eta_seconds)} left.` : ''}</p>
      ${now.model_installed ? html`<div class="deep-counts">
        <div><span>Photos looked at <span class="muted number">${countWords(now.photos)}</span></span>${progressBar({ label: 'Photos looked at', fraction: fraction(now.photos) ?? 0, colour: '--work-deep' })}</div>
        <div><span>Terms answered <span class="muted number">${countWords(now.terms)}</span></span>${progressBar({ label: 'Terms answered', fraction: fraction(now.terms) ?? 0, colour: '--work-deep' })}</div></div>` : nothing}
      ${now.failed ? html`<p class="muted">${plural(now.failed, 'photo or term', 'photos or terms')} could not be looked at. The Work panel says why.</p>` : nothing}
      ${this.#alert(this.#runError.value)}</section>`;
  }

  /** @param {import('pa/features/deep/state.js').Terms} saved @param {Status} now */
  #terms(saved, now) {
    const full = saved.terms.length >= saved.max_terms;
    return html`<p class="muted">Things you look for again and again: they are answered first. ${plural(saved.terms.length, 'term')} of ${saved.max_terms}${saved.used ? `; ${plural(saved.used, 'more search', 'more searches')} of yours ${now.model_installed ? saved.used === 1 ? 'is' : 'are' : 'will be'} answered too` : ''}.</p>
      <form class="deep-add" @submit=${this.#add}><input class="field-input" type="text" aria-label="New term" placeholder="A red boat in the fog" maxlength=${saved.max_length}
        aria-invalid=${String(this.#termError.value !== '')} autocomplete="off" .value=${live(this.#typed.value)} ?disabled=${full}
        @input=${(/** @type {Event} */ event) => { this.#typed.value = /** @type {HTMLInputElement} */ (event.target).value; }}>
        <button type="submit" class="btn" ?disabled=${full}>${icon('plus')}Save term</button></form>
      ${this.#alert(this.#termError.value)}
      ${saved.terms.length ? html`<ul role="list" class="deep-terms" aria-label="Saved terms">${saved.terms.map((term) => this.#term(term, now))}</ul>` : nothing}`;
  }

  /** @param {Term} term @param {Status} now */
  #term(term, now) {
    return html`<li data-term=${term.text}><a class="break" href=${`/library?${new URLSearchParams({ q: term.text })}`}>${term.text}</a>
      ${now.model_installed ? html`<span class="deep-badge" data-answered=${String(term.answered)}>${icon(term.answered ? 'check' : 'hourglass')}${term.answered ? 'deep' : 'not yet'}</span>` : html`<span></span>`}
      <button type="button" class="btn-icon" aria-label=${`Remove ${term.text}`} @click=${() => this.#change({ remove: term.text })}>${icon('x')}</button></li>`;
  }

  /** @param {Schedule} schedule */
  #schedule(schedule) {
    /** @param {string} key @param {unknown} value */
    const save = (key, value) => this.#save({ [key]: value });
    return html`<p class="muted" role="status">${scheduleWords(schedule)}${schedule.enabled ? ' In the work mode Max it works at any hour.' : ''}</p><div class="deep-fields">
      <div class="setting"><label class="setting-label" for="deep-enabled">Work on a schedule</label><div class="setting-control"><input class="switch" type="checkbox" role="switch" id="deep-enabled"
        .checked=${live(schedule.enabled)} @change=${(/** @type {Event} */ event) => save('enabled', /** @type {HTMLInputElement} */ (event.target).checked)}></div></div>
      <div class="setting"><span class="setting-label" id="deep-days">Days</span><div class="setting-control"><div class="deep-days" role="group" aria-labelledby="deep-days">${DAYS.map((day) => html`
        <label class="deep-day"><input type="checkbox" aria-label=${day.name} .checked=${live(schedule.days.includes(day.value))}
          @change=${(/** @type {Event} */ event) => this.#day(schedule, day.value, /** @type {HTMLInputElement} */ (event.target).checked)}><span aria-hidden="true">${day.short}</span></label>`)}</div></div>
        <p class="setting-default">${isOvernight(schedule) ? 'The days on which the night begins.' : 'The days on which it may work.'}</p></div>
      <div class="setting"><span class="setting-label">Hours</span><div class="setting-control deep-times">
        <input class="field-input" type="time" aria-label="From" .value=${live(schedule.start)} @change=${(/** @type {Event} */ event) => this.#time('start', event)}>
        <span class="muted">to</span><input class="field-input" type="time" aria-label="To" .value=${live(schedule.end)} @change=${(/** @type {Event} */ event) => this.#time('end', event)}></div>
        <p class="setting-default">${isOvernight(schedule) ? 'They end on the next day.' : 'They end on the same day.'} Default: 22:00 to 07:00</p></div>
      <div class="setting"><label class="setting-label" for="deep-zone">Time zone</label><div class="setting-control"><select class="field-select deep-zone" id="deep-zone"
        @change=${(/** @type {Event} */ event) => save('timezone', /** @type {HTMLSelectElement} */ (event.target).value)}>${zones(schedule.timezone).map((zone) => html`
        <option value=${zone} .selected=${zone === schedule.timezone}>${zone === 'local' ? 'That of this machine' : zone.replaceAll('_', ' ')}</option>`)}</select></div></div></div>
      ${this.#alert(this.#scheduleError.value)}`;
  }

  /** @param {string} sentence */
  #alert(sentence) {
    return sentence ? html`<p class="field-error" role="alert">${icon('triangle-alert')}<span>${sentence}</span></p>` : nothing;
  }

  #run = async () => {
    this.#runError.value = await failureOf(() => runDeep());
  };

  /** @param {Event} event */
  #add = async (event) => {
    event.preventDefault();
    const text = this.#typed.value.trim();
    if (!text) {
      this.#termError.value = 'Type the words to look for.';
      return;
    }
    await this.#change({ add: text });
    if (!this.#termError.value) this.#typed.value = '';
  };

  /** @param {{add: string} | {remove: string}} change */
  async #change(change) {
    this.#termError.value = await failureOf(() => changeTerms(change));
  }

  /** @param {Schedule} schedule @param {string} day @param {boolean} on */
  #day(schedule, day, on) {
    const days = withDay(schedule.days, day, on);
    if (days.length) return this.#save({ days });
    this.#scheduleError.value = 'Choose at least one day, or switch the schedule off.';
    this.redraw();
  }

  /** @param {'start'|'end'} key @param {Event} event */
  #time(key, event) {
    const value = /** @type {HTMLInputElement} */ (event.target).value;
    if (value) return this.#save({ [key]: value.slice(0, 5) });
  }

  /** @param {Partial<Schedule>} changes */
  async #save(changes) {
    this.#scheduleError.value = await failureOf(() => saveSchedule(changes));
    if (this.#scheduleError.value) this.redraw();
  }
}

/** Run it; the sentence of what went wrong, "" if nothing did. @param {() => Promise<unknown>} act */
async function failureOf(act) {
  try {
    await act();
    return '';
  } catch (error) {
    return sentenceOf(error);
  }
}

/** "local", the chosen one, and all the browser knows. @param {string} chosen */
function zones(chosen) {
  return [...new Set(['local', chosen, ...Intl.supportedValuesOf('timeZone')])];
}

define('pa-deep', PaDeep);
