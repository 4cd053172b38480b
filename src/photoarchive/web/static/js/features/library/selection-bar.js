/** The bar that takes the place of the head row while photos are selected: what can be done with them. */
import { html, nothing } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { PaElement, define } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { keyCaps, withKey } from 'pa/core/keys.js';
import { effect } from 'pa/core/signals.js';
import { SUGGESTED_KEY } from 'pa/grid/info-stars.js';
import { LABEL_NAMES } from 'pa/grid/tile.js';
import { selectionVerbs } from 'pa/grid/verbs.js';
import { icon } from 'pa/ui/icons.js';
import { openMenu } from 'pa/ui/menu.js';

/** @typedef {import('./state.js').LibraryState} LibraryState */
/** @typedef {import('pa/grid/marks.js').Mark} Mark */
/** @typedef {import('pa/ui/menu.js').MenuItem} MenuItem */

export class PaSelectionBar extends PaElement {
  /** @type {LibraryState} */
  state = /** @type {any} */ (null);
  /** @type {(mark: Mark) => void} */
  mark = () => {};
  /** What was fitted into the bar last. */
  #fitted = '';
  #sizes = new ResizeObserver(() => this.#fit());

  connected() {
    this.#sizes.observe(this);
    this.whenGone(() => this.#sizes.disconnect());
    const refit = () => this.#fit(); // words are narrower in the font of the page than in the one before it came
    document.fonts.addEventListener('loadingdone', refit);
    this.whenGone(() => document.fonts.removeEventListener('loadingdone', refit));
    this.whenGone(effect(() => {
      const view = this.state.view.value;
      view?.selected.value;
      const key = `${count(view?.selection.count ?? 0).length} ${view?.selection.all ?? ''} ${this.#verbs().map(({ name }) => name).join()}`;
      if (key !== this.#fitted) queueMicrotask(() => this.#fit()); // drawn by then
      this.#fitted = key;
    }));
  }

  template() {
    const view = this.state.view.value;
    view?.selected.value;
    const chosen = view?.selection.count ?? 0;
    return html`
      <button type="button" class="btn-icon" aria-label="Clear the selection" title=${withKey('Clear the selection', 'Escape')} @click=${() => view?.selection.clear()}>${icon('x')}</button>
      <strong class="selection-count" role="status">${count(chosen)} <span class="selection-noun">${chosen === 1 ? 'photo' : 'photos'}</span> selected</strong>
      <div class="selection-group" role="group" aria-label="Flag">
        ${this.#flag('flag', withKey('Pick', 'p'), 'is-pick', { kind: 'flag', value: 1 }, true)}
        ${this.#flag('flag-off', withKey('Unflag', 'u'), '', { kind: 'flag', value: 0 })}
        ${this.#flag('ban', withKey('Reject', 'x'), 'is-reject', { kind: 'flag', value: 2 })}
      </div>
      <div class="selection-group selection-stars" role="group" aria-label="Stars" data-fold="0" data-part="stars">
        ${[1, 2, 3, 4, 5].map((stars) => html`<button type="button" class="btn-icon" aria-label=${plural(stars, 'star')} title=${withKey(plural(stars, 'star'), String(stars))}
          @click=${() => this.mark({ kind: 'stars', value: stars })}>${icon('star')}</button>`)}
        <button type="button" class="btn-icon" aria-haspopup="menu" aria-label="No stars, or as suggested" title="No stars, or as suggested" @click=${(/** @type {Event} */ event) => this.#openStars(targetOf(event))}>${icon('chevron-down')}</button>
      </div>
      <button type="button" class="btn" aria-haspopup="menu" data-fold="1" data-part="label" @click=${(/** @type {Event} */ event) => this.#openLabels(targetOf(event))}>${icon('palette')}<span>Label</span>${icon('chevron-down')}</button>
      ${repeat(this.#verbs(), ({ name }) => name, (verb) => html`<button type="button" class="btn" data-verb=${verb.name} data-fold=${verb.fold ?? 1} data-part=${verb.name} aria-haspopup=${verb.menu ? 'menu' : nothing}
        title=${verb.title} @click=${(/** @type {Event} */ event) => this.#run(verb, targetOf(event))}>${icon(verb.icon)}<span>${verb.label}</span></button>`)}
      <button type="button" class="btn" data-fold="3" data-part="all" @click=${() => view?.selection.selectAll()} ?hidden=${view?.selection.all ?? true} title=${withKey('Select all', 'Ctrl+A')}>Select all</button>
      <button type="button" class="btn selection-more is-folded" aria-haspopup="menu" aria-label="More" title="More" @click=${this.#openMore}>${icon('ellipsis')}<span class="selection-word">More</span></button>
      <button type="button" class="btn-icon" data-opens="details" aria-pressed=${String(this.state.panels.value.right)} aria-label="Details" title=${withKey('Details', 'i')}
        @click=${() => this.state.togglePanel('right')}>${icon('info')}</button>`;
  }

  /** The verbs that make sense here. */
  #verbs() {
    const view = this.state.view.value;
    return view ? selectionVerbs.value.filter((verb) => verb.shown?.(view) ?? true) : [];
  }

  /** @param {import('pa/grid/verbs.js').SelectionVerb} verb @param {HTMLElement} anchor */
  #run(verb, anchor) {
    const view = this.state.view.peek();
    if (view) verb.run(view, anchor, () => void this.state.refresh());
  }

  /** @param {string} name @param {string} label @param {string} tone @param {Mark} mark @param {boolean} [filled] */
  #flag(name, label, tone, mark, filled = false) {
    return html`<button type="button" class="btn-icon ${tone}" aria-label=${label} title=${label} @click=${() => this.mark(mark)}>${icon(name, { filled })}</button>`;
  }

  /** What has no room goes into the menu at the end, the least used first. */
  #fit() {
    const parts = [...this.querySelectorAll('[data-fold]:not([hidden])')].reverse().sort((a, b) => foldOf(b) - foldOf(a)), more = this.querySelector('.selection-more');
    for (const part of this.querySelectorAll('[data-fold]')) part.classList.remove('is-folded');
    more?.classList.add('is-folded');
    for (const part of parts) {
      if (this.scrollWidth <= this.clientWidth) return;
      more?.classList.remove('is-folded');
      part.classList.add('is-folded');
    }
  }

  /** @param {HTMLElement} anchor */
  #openLabels(anchor) {
    openMenu(anchor, [1, 2, 3, 4, 5, 6, 7, 0].map((value) => ({ label: LABEL_NAMES[value], run: () => this.mark({ kind: 'label', value }) })), { label: 'Colour label' });
  }

  /** @param {HTMLElement} anchor */
  #openStars(anchor) {
    /** @type {(MenuItem | 'line')[]} */
    const items = [5, 4, 3, 2, 1, 0].map((value) => ({ label: value ? plural(value, 'star') : 'No stars', run: () => this.mark({ kind: 'stars', value }) }));
    items.push('line', { label: 'As suggested', hint: keyCaps(SUGGESTED_KEY)[0].join(), run: () => this.mark({ kind: 'stars', value: null }) });
    openMenu(anchor, items, { label: 'Stars' });
  }

  /** @param {Event} event */
  #openMore = (event) => {
    const anchor = targetOf(event), view = this.state.view.peek();
    const folded = new Set([...this.querySelectorAll('.is-folded')].map((part) => part.getAttribute('data-part')));
    /** @type {(MenuItem & {part: string})[]} */
    const all = [
      { part: 'stars', label: 'Stars…', icon: 'star', run: () => this.#openStars(anchor) },
      { part: 'label', label: 'Colour label…', icon: 'palette', run: () => this.#openLabels(anchor) },
      ...this.#verbs().map((verb) => ({ part: verb.name, label: verb.label, icon: verb.icon, run: () => this.#run(verb, anchor) })),
      ...(view && !view.selection.all ? [{ part: 'all', label: 'Select all', icon: 'circle-check', run: () => view.selection.selectAll() }] : []),
    ];
    openMenu(anchor, all.filter(({ part }) => folded.has(part)), { label: 'More' });
  };
}

/** @param {Event} event */
const targetOf = (event) => /** @type {HTMLElement} */ (event.currentTarget);

/** @param {Element} part */
const foldOf = (part) => Number(part.getAttribute('data-fold'));

define('pa-selection-bar', PaSelectionBar);
