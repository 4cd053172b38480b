/** The duplicates page: one group after the other, the surest first. Nothing here deletes a file. */
import { html, nothing, render } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { onServer } from 'pa/core/events.js';
import { count, plural } from 'pa/core/format.js';
import { navigate, route } from 'pa/core/router.js';
import { effect, untracked } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { segments } from 'pa/ui/segments.js';
import { groupCard } from './group.js';
import { registerDuplicateKeys } from './keys.js';
import { DuplicatesState } from './state.js';

/** @typedef {import('./state.js').Which} Which */

/** So often the list is read again while photos are still compared. */
const WATCH_MS = 3000;
/** What most people need of keys.js. */
const KEYS = [['← →', 'photo'], ['↑ ↓', 'group'], ['K', 'keep this one'], ['X', 'reject the others'], ['A', 'keep all'], ['N', 'not duplicates'], ['U', 'undo']];

class DuplicatesPage {
  state = new DuplicatesState();
  #host;
  /** @type {(() => void)[]} */
  #stops;

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
    const watching = setInterval(() => this.#watch(), WATCH_MS);
    this.#stops = [
      effect(() => { render(this.#template(), host); }),
      registerDuplicateKeys(this.state, () => this.#reveal()),
      onServer('history', () => { if (!this.state.busy.peek()) void this.state.reload(); }),
      () => clearInterval(watching),
    ];
    host.addEventListener('scroll', this.#ahead, { passive: true });
  }

  /** @param {URLSearchParams} query */
  show(query) {
    const kind = query.get('kind') ?? '';
    return this.state.show(query.get('state') === 'decided' ? 'decided' : 'open', ['same', 'near', 'burst'].includes(kind) ? kind : '');
  }

  close() {
    for (const stop of this.#stops) stop();
    this.#host.removeEventListener('scroll', this.#ahead);
  }

  #watch() {
    const counts = this.state.counts.peek();
    if (counts?.looking && !document.hidden) void this.state.reload();
  }

  #ahead = () => {
    const { scrollTop, clientHeight, scrollHeight } = this.#host;
    if (scrollHeight - scrollTop - clientHeight < 2 * clientHeight) void this.state.more();
  };

  /** Bring the focus of the state to the screen. */
  #reveal() {
    const { group, photo } = this.state.focus.peek();
    const card = this.#host.querySelector(`[data-group-id="${group}"]`), button = card?.querySelectorAll('.dup-picture')[photo];
    card?.scrollIntoView({ block: 'nearest' });
    if (button instanceof HTMLElement) button.focus({ preventScroll: true });
  }

  #template() {
    const { state } = this, counts = state.counts.value, groups = state.groups.value;
    return html`<div class="page-column dup-column">
      <header class="page-head"><h1>Duplicates</h1>
        <p class="muted" role="status">${counts ? this.#progress(counts) : nothing}</p></header>
      <p class="dup-promise muted">${icon('shield-check')}Rejecting only sets a flag. Originals are never changed or deleted.</p>
      <div class="dup-choices">
        ${segments({ name: 'dup-state', label: 'Which groups', value: state.which.value, change: (value) => this.#go(/** @type {Which} */ (value), state.kind.peek()),
          options: [{ value: 'open', label: counts ? `To review ${count(counts.open)}` : 'To review' }, { value: 'decided', label: counts ? `Decided ${count(counts.decided)}` : 'Decided' }] })}
        ${segments({ name: 'dup-kind', label: 'Kind of group', value: state.kind.value, change: (value) => this.#go(state.which.peek(), value),
          options: [{ value: '', label: 'All' }, { value: 'same', label: 'Same picture' }, { value: 'near', label: 'Nearly the same' }, { value: 'burst', label: 'Bursts' }] })}
      </div>
      ${groups.length ? html`<p class="dup-keys muted">${KEYS.map(([key, meaning]) => html`<span><kbd>${key}</kbd> ${meaning}</span>`)}</p>` : nothing}
      ${counts?.looking ? html`<p class="dup-note" data-looking=${counts.looking}>${icon('search')}<span>Still looking: ${plural(counts.looking, 'photo')} to compare. More groups may turn up.</span></p>` : nothing}
      ${state.failure.value ? html`<p class="dup-note">${icon('triangle-alert')}<span>${state.failure.value}</span></p>` : nothing}
      <div class="dup-list">${repeat(groups, ({ id }) => id, (group) => groupCard(state, group))}</div>
      ${groups.length || !counts ? nothing : this.#nothingLeft(counts)}
      ${groups.length && counts && groups.length < counts.total ? html`<button type="button" class="btn" @click=${() => void state.more()}>Show more groups</button>` : nothing}
      ${counts?.copies ? html`<p class="muted">${plural(counts.copies, 'photo')} ${counts.copies === 1 ? 'lies' : 'lie'} in more than one folder with the very same content. Each is one photo in the library; its places are listed in its details.</p>` : nothing}
    </div>`;
  }

  /** @param {Omit<import('./state.js').Answer, 'groups'>} counts */
  #progress(counts) {
    const all = counts.open + counts.decided;
    if (!all) return nothing;
    return html`<progress max=${all} value=${counts.decided} aria-label="Groups decided"></progress> ${count(counts.decided)} of ${plural(all, 'group')} decided`;
  }

  /** @param {Omit<import('./state.js').Answer, 'groups'>} counts */
  #nothingLeft(counts) {
    if (counts.looking) return html`<p class="dup-empty">No duplicates found so far.</p>`;
    if (this.state.which.value === 'decided') return html`<p class="dup-empty">Nothing has been decided yet.</p>`;
    if (counts.open) return html`<p class="dup-empty">No group of this kind is left to review.</p>`;
    return html`<p class="dup-empty">${icon('circle-check')}${counts.decided ? 'All groups are decided. New photos are compared as they come.' : 'No duplicates found. New photos are compared as they come.'}</p>`;
  }

  /** @param {Which} which @param {string} kind */
  #go(which, kind) {
    const query = new URLSearchParams();
    if (which !== 'open') query.set('state', which);
    if (kind) query.set('kind', kind);
    navigate(query.size ? `/duplicates?${query}` : '/duplicates');
  }
}

export default {
  title: 'Duplicates',
  /** @param {HTMLElement} host @param {import('pa/core/router.js').Route} to */
  async mount(host, to) {
    const page = new DuplicatesPage(host);
    const stop = effect(() => {
      const now = route.value;
      if (now.page === 'duplicates' && now !== to) untracked(() => void page.show(now.query));
    });
    await page.show(to.query);
    return () => {
      stop();
      page.close();
    };
  },
};
