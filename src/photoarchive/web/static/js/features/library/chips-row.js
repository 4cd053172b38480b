/** The active filters over the grid as chips that can be removed, and Clear all. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { filtersOf, onlySearch, valuesOf, withValues } from 'pa/grid/query.js';
import { chip } from 'pa/ui/chips.js';

/** @typedef {import('./state.js').LibraryState} LibraryState */

export class PaFilterChips extends PaElement {
  /** @type {LibraryState} */
  state = /** @type {any} */ (null);

  template() {
    const { state } = this, params = state.params.value, chips = filtersOf(params);
    this.hidden = chips.length === 0;
    if (!chips.length) return nothing;
    return html`${chips.map(({ name, value, label }) => html`<span data-filter-chip=${name}>${chip({
      label, title: name === 'folder' ? value : undefined,
      remove: () => state.apply(withValues(params, name, valuesOf(params, name).filter((one) => one !== value))),
    })}</span>`)}
      <button type="button" class="btn btn-small" @click=${() => state.apply(onlySearch(params))}>Clear all</button>`;
  }
}

define('pa-filter-chips', PaFilterChips);
