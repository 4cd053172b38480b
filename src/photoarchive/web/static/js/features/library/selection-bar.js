/** The bar that takes the place of the head row while photos are selected: what can be done with them. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { plural } from 'pa/core/format.js';
import { withKey } from 'pa/core/keys.js';
import { LABEL_NAMES } from 'pa/grid/tile.js';
import { selectionVerbs } from 'pa/grid/verbs.js';
import { icon } from 'pa/ui/icons.js';
import { openMenu } from 'pa/ui/menu.js';

/** @typedef {import('./state.js').LibraryState} LibraryState */
/** @typedef {import('pa/grid/marks.js').Mark} Mark */

export class PaSelectionBar extends PaElement {
  /** @type {LibraryState} */
  state = /** @type {any} */ (null);
  /** @type {(mark: Mark) => void} */
  mark = () => {};

  template() {
    const view = this.state.view.value;
    view?.selected.value;
    const chosen = view?.selection.count ?? 0;
    return html`
      <button type="button" class="btn-icon" aria-label="Clear the selection" title=${withKey('Clear the selection', 'Escape')} @click=${() => view?.selection.clear()}>${icon('x')}</button>
      <strong class="selection-count" role="status">${plural(chosen, 'photo')} selected</strong>
      <div class="selection-group" role="group" aria-label="Flag">
        ${this.#verb('flag', withKey('Pick', 'p'), 'is-pick', { kind: 'flag', value: 1 }, true)}
        ${this.#verb('flag-off', withKey('Unflag', 'u'), '', { kind: 'flag', value: 0 })}
        ${this.#verb('ban', withKey('Reject', 'x'), 'is-reject', { kind: 'flag', value: 2 })}
      </div>
      <div class="selection-group selection-stars" role="group" aria-label="Stars">
        ${[1, 2, 3, 4, 5].map((stars) => html`<button type="button" class="btn-icon" aria-label=${plural(stars, 'star')} title=${withKey(plural(stars, 'star'), String(stars))}
          @click=${() => this.mark({ kind: 'stars', value: stars })}>${icon('star')}</button>`)}
      </div>
      <button type="button" class="btn" aria-haspopup="menu" @click=${this.#openLabels}>${icon('palette')}<span class="selection-word">Label</span>${icon('chevron-down')}</button>
      ${selectionVerbs.value.filter((verb) => view && (verb.shown?.(view) ?? true)).map((verb) => html`<button type="button" class="btn" data-verb=${verb.name} aria-haspopup=${verb.menu ? 'menu' : nothing}
        aria-label=${verb.label} title=${verb.title} @click=${(/** @type {Event} */ event) => view && verb.run(view, /** @type {HTMLElement} */ (event.currentTarget), () => void this.state.refresh())}>
        ${icon(verb.icon)}<span class="selection-word">${verb.label}</span></button>`)}
      <button type="button" class="btn" @click=${() => view?.selection.selectAll()} ?hidden=${view?.selection.all ?? true} title=${withKey('Select all', 'Ctrl+A')}>Select all</button>`;
  }

  /** @param {string} name @param {string} label @param {string} tone @param {Mark} mark @param {boolean} [filled] */
  #verb(name, label, tone, mark, filled = false) {
    return html`<button type="button" class="btn-icon ${tone}" aria-label=${label} title=${label} @click=${() => this.mark(mark)}>${icon(name, { filled })}</button>`;
  }

  /** @param {Event} event */
  #openLabels = (event) => {
    openMenu(/** @type {HTMLElement} */ (event.currentTarget), [1, 2, 3, 4, 5, 6, 7, 0].map((value) => ({
      label: LABEL_NAMES[value], run: () => this.mark({ kind: 'label', value }),
    })), { label: 'Colour label' });
  };
}

define('pa-selection-bar', PaSelectionBar);
