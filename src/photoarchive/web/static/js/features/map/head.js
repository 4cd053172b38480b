/** The row over the map: how many photos are on it, those without a location, filters, map or list; and the filter chips. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { chipsOf, filtersOf, valuesOf, viewKey, withValues, withoutFilters } from 'pa/grid/query.js';
import { chip } from 'pa/ui/chips.js';
import { icon } from 'pa/ui/icons.js';

/** @typedef {import('./state.js').MapState} MapState */

export class PaMapHead extends PaElement {
  /** @type {MapState} */
  state = /** @type {any} */ (null);

  template() {
    const { state } = this, meta = state.points.value?.meta, mode = state.mode.value, open = state.filtersOpen.value;
    const filters = filtersOf(state.params.value).length, words = state.params.value.get('q');
    return html`
      <button type="button" class="btn-icon" data-opens="filters" aria-pressed=${String(open)} aria-label=${filters ? `Filters, ${filters} active` : 'Filters'} title="Filters"
        @click=${() => { state.filtersOpen.value = !open; }}>${icon('funnel')}${filters ? html`<span class="head-dot" aria-hidden="true">${filters}</span>` : nothing}</button>
      <div class="head-title"><h1>Map</h1>${meta ? html`<span class="head-count">${plural(meta.located, 'photo')}${words ? ` for “${words}”` : ''}</span>${this.#without(meta)}` : nothing}</div>
      <div class="map-modes" role="group" aria-label="Show as">
        <a class="btn btn-small" aria-label="Show as a grid" title="Show as a grid" href=${`/library${state.key ? `?${state.key}` : ''}`}>${icon('images')}<span>Grid</span></a>
        ${this.#mode('map', 'Map', mode)}${this.#mode('list', 'Places', mode)}</div>`;
  }

  /** @param {import('./points.js').PointsMeta} meta */
  #without({ total, located }) {
    const missing = total - located, params = withValues(this.state.params.value, 'has', [...valuesOf(this.state.params.value, 'has').filter((value) => value !== 'gps'), '-gps']);
    const words = `${count(missing)} ${missing === 1 ? 'has' : 'have'} no location`; // where there is no room for them they are still said
    return missing ? html`<a class="map-without" aria-label=${words} title=${words} href=${`/library?${viewKey(params)}`}>${icon('map-pin-off')}<span>${count(missing)}<span class="map-without-words"> ${missing === 1 ? 'has' : 'have'} no location</span></span></a>` : nothing;
  }

  /** @param {'map' | 'list'} name @param {string} label @param {string} mode */
  #mode(name, label, mode) {
    return html`<button type="button" class="btn btn-small" aria-label=${label} title=${label} aria-pressed=${String(mode === name)} @click=${() => { this.state.mode.value = name; }}>${icon(name === 'map' ? 'map' : 'list')}<span>${label}</span></button>`;
  }
}

export class PaMapChips extends PaElement {
  /** @type {MapState} */
  state = /** @type {any} */ (null);

  template() {
    const { state } = this, params = state.params.value, chips = chipsOf(params);
    this.hidden = chips.length === 0;
    if (!chips.length) return nothing;
    return html`${chips.map(({ name, value, label }) => html`<span data-filter-chip=${name}>${chip({
      label, remove: () => state.apply(withValues(params, name, valuesOf(params, name).filter((one) => one !== value))),
    })}</span>`)}<button type="button" class="btn btn-small" @click=${() => state.apply(withoutFilters(params))}>Clear all</button>`;
  }
}

define('pa-map-head', PaMapHead);
define('pa-map-chips', PaMapChips);
