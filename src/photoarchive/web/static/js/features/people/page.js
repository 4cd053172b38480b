/** The people page: all people in sections, the review, and one person. Puts the parts together. */
import { html, nothing, render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { onServer } from 'pa/core/events.js';
import { count, duration, plural } from 'pa/core/format.js';
import { postJson, sentenceOf } from 'pa/core/http.js';
import { withKey } from 'pa/core/keys.js';
import { navigate, route, setTitle } from 'pa/core/router.js';
import { effect, untracked } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { showToast } from 'pa/ui/toast.js';
import { UNDONE } from 'pa/ui/undo.js';
import { registerPeopleKeys } from './keys.js';
import { personTemplate } from './person.js';
import { PersonState } from './person-state.js';
import { reviewTemplate } from './review.js';
import { ReviewState } from './review-state.js';
import { sectionTemplate } from './sections.js';
import { PeopleState, SECTIONS, SECTION_TITLES } from './state.js';

/** @typedef {import('pa/core/router.js').Route} Route */
/** @typedef {import('./state.js').SectionName} SectionName */
/** @typedef {import('./state.js').Status} Status */

/** News come in bursts while faces are found; lists are read again when they rest. */
const QUIET_MS = 600, TYPING_MS = 200;

class PeoplePage {
  state = new PeopleState();
  review = new ReviewState();
  person = new PersonState();
  #host;
  /** @type {(() => void)[]} */
  #stops;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
    const undone = (/** @type {Event} */ event) => this.#undone(/** @type {CustomEvent} */ (event).detail);
    document.addEventListener(UNDONE, undone);
    host.addEventListener('scroll', this.#ahead, { passive: true });
    this.#stops = [
      effect(() => { render(this.#template(), host); }),
      effect(() => { if (route.value.page === 'people') setTitle(this.person.id.value ? this.person.person.value?.label ?? 'Person' : 'People'); }),
      registerPeopleKeys({
        asking: () => this.#isReview && this.review.current !== undefined, answer: (answer) => void this.review.answer(answer), skip: () => this.review.skip(), leaveOut: () => this.review.toggleApart(),
        focusName: () => this.#focusName(), choosing: () => this.person.id.peek() !== 0 && this.person.person.peek() !== null,
        split: () => void this.person.split(), rename: () => void this.person.rename(), back: () => this.#back(),
      }),
      onServer('people', () => this.#soon()),
      onServer('work', () => { if (this.state.status.peek()?.counts.pending_cached_images) this.#soon(); }),
      () => document.removeEventListener(UNDONE, undone),
      () => host.removeEventListener('scroll', this.#ahead),
    ];
  }

  get #isReview() {
    return this.person.id.peek() === 0 && this.state.section.peek() === 'review';
  }

  /** @param {Route} to */
  async show({ params, query }) {
    const id = Number(params.id ?? 0);
    if (params.id !== undefined) {
      await this.person.show(Number.isInteger(id) && id > 0 ? id : -1, query.get('show') === 'photos' ? 'photos' : 'faces', query.get('sort') ?? 'odd');
      return;
    }
    this.person.id.value = 0;
    const asked = /** @type {SectionName} */ (query.get('section') ?? 'named'), section = SECTIONS.includes(asked) ? asked : 'named';
    await Promise.all([this.state.show(section, query.get('q') ?? '', query.get('sort') ?? 'photos'), section === 'review' ? this.review.reload() : undefined]);
  }

  close() {
    clearTimeout(this.#later);
    clearTimeout(this.#typing);
    for (const stop of this.#stops) stop();
  }

  /** Read again what is shown, once things rest. */
  #soon() {
    this.#later ??= setTimeout(() => {
      this.#later = undefined;
      if (!document.hidden) void this.#reload();
    }, QUIET_MS);
  }

  async #reload() {
    if (this.person.id.peek()) await this.person.reload();
    else await Promise.all([this.state.reload(), this.#isReview ? this.review.reload() : undefined]);
  }

  /** @param {{id: number}} action */
  #undone(action) {
    this.review.undone(action.id);
    void this.#reload();
  }

  #ahead = () => {
    const { scrollTop, clientHeight, scrollHeight } = this.#host;
    if (scrollHeight - scrollTop - clientHeight > 2 * clientHeight) return;
    if (this.person.id.peek()) void this.person.list.more();
    else if (!this.#isReview) void this.state.more();
  };

  #focusName() {
    const field = this.#host.querySelector('.question-other input, .people-find input');
    if (field instanceof HTMLInputElement) field.focus();
    else document.getElementById('search')?.focus();
  }

  #back() {
    if (this.person.chosen.peek().size) this.person.chooseNone();
    else if (this.person.id.peek()) navigate('/people');
    else return false;
    return true;
  }

  #template() {
    if (this.person.id.value) return html`<div class="people-column">${personTemplate(this.person, (tab, sort) => this.#goPerson(tab, sort))}</div>`;
    const { state } = this, section = state.section.value;
    return html`<div class="people-column">
      <header class="people-head"><h1>People</h1>
        <nav class="people-tabs" aria-label="Sections">${SECTIONS.map((name) => this.#tab(name, section))}</nav>
        ${(section === 'named' && state.totalOf('named')) || state.words.value ? html`<label class="people-find">${icon('search')}<span class="visually-hidden">Find a name</span>
          <input class="field-input" type="search" placeholder="Find a name" title=${withKey('Find a name', '/')} .value=${live(state.words.value)} @input=${this.#typed}></label>
          <label class="people-sort"><span class="visually-hidden">Order</span><select class="field-select" .value=${live(state.sort.value)} @change=${(/** @type {Event} */ event) => this.#go(section, state.words.peek(), /** @type {HTMLSelectElement} */ (event.target).value)}>
            ${[['photos', 'Most photos'], ['name', 'By name'], ['recent', 'Last seen']].map(([value, label]) => html`<option value=${value} ?selected=${value === state.sort.value}>${label}</option>`)}</select></label>` : nothing}</header>
      ${progress(state.status.value)}
      <div class="people-body">${section === 'review' ? reviewTemplate(this.review) : sectionTemplate(state)}</div></div>`;
  }

  /** @param {SectionName} name @param {SectionName} current */
  #tab(name, current) {
    const total = this.state.totalOf(name);
    return html`<a class="people-tab" href=${name === 'named' ? '/people' : `/people?section=${name}`} data-section=${name} title=${this.state.contentOf(name) || nothing} aria-current=${name === current ? 'page' : nothing}>${SECTION_TITLES[name]}${total === null ? nothing : html` <span class="people-total">${count(total)}</span>`}</a>`;
  }

  #typed = (/** @type {Event} */ event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#go('named', value.trim(), this.state.sort.peek(), true), TYPING_MS);
  };

  /** @param {SectionName} section @param {string} words @param {string} sort @param {boolean} [replace] */
  #go(section, words, sort, replace = false) {
    const query = new URLSearchParams();
    if (section !== 'named') query.set('section', section);
    if (words) query.set('q', words);
    if (sort !== 'photos') query.set('sort', sort);
    navigate(query.size ? `/people?${query}` : '/people', { replace });
  }

  /** @param {string} tab @param {string} sort */
  #goPerson(tab, sort) {
    const query = new URLSearchParams();
    if (tab === 'photos') query.set('show', tab);
    if (sort !== 'odd') query.set('sort', sort);
    navigate(`/people/${this.person.id.peek()}${query.size ? `?${query}` : ''}`, { replace: true });
  }
}

/** How far the search for faces is, while it is not done. @param {Status | null} status */
function progress(status) {
  if (!status) return nothing;
  const { worker, counts, enabled } = status, all = counts.scanned_images + counts.pending_cached_images;
  if (!enabled) return html`<p class="people-note">${icon('info')}Faces are not looked for: it is switched off in <a href="/settings">Settings</a>.</p>`;
  if (worker.state === 'blocked') return html`<p class="people-note">${icon('triangle-alert')}${worker.reason}</p>`;
  if (!counts.pending_cached_images) return nothing;
  return html`<div class="people-note" data-looking=${counts.pending_cached_images}>${icon('search')}<span>${worker.paused ? 'The search for faces is paused' : 'Still looking for faces'}: ${plural(counts.pending_cached_images, 'photo')} to go${worker.eta_seconds ? `, about ${duration(worker.eta_seconds)}` : ''}.</span>
    <progress max=${all} value=${counts.scanned_images} aria-label="Photos looked at"></progress>
    <button type="button" class="btn btn-small" @click=${() => void pause(!worker.paused)}>${worker.paused ? 'Go on' : 'Pause'}</button></div>`;
}

/** @param {boolean} paused */
async function pause(paused) {
  try {
    await postJson(`/api/people/scan/${paused ? 'pause' : 'resume'}`);
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}

export default {
  title: 'People',
  /** @param {HTMLElement} host @param {Route} to */
  async mount(host, to) {
    const page = new PeoplePage(host);
    const stop = effect(() => {
      const now = route.value;
      if (now.page === 'people' && now !== to) untracked(() => void page.show(now));
    });
    await page.show(to);
    return () => {
      stop();
      page.close();
    };
  },
};
