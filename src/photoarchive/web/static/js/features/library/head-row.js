/** The row above the grid: what is shown and how many, sort, size, saved views, panels. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { withKey } from 'pa/core/keys.js';
import { monthTitle } from 'pa/grid/dates.js';
import { sectionMonth } from 'pa/grid/layout.js';
import { SORTS, chipLabel, chipsOf, filtersOf, readSort, sortFits, sortTitle, splitSort, valuesOf, viewKey, withSort } from 'pa/grid/query.js';
import { icon } from 'pa/ui/icons.js';
import { openMenu } from 'pa/ui/menu.js';
import { slider } from 'pa/ui/slider.js';
import { openSavedViews } from './saved-views.js';

/** @typedef {import('./state.js').LibraryState} LibraryState */

export class PaLibraryHead extends PaElement {
  /** @type {LibraryState} */
  state = /** @type {any} */ (null);
  /** @type {(height: number) => void} */
  resize = () => {};

  template() {
    const { state } = this, params = state.params.value, filters = filtersOf(params).length;
    const order = readSort(params), { title, direction } = sortTitle(order), panels = state.panels.value;
    return html`
      <button type="button" class="btn-icon" data-opens="filters" aria-pressed=${String(panels.left)} aria-label=${filters ? `Filters, ${filters} active` : 'Filters'} title="Filters"
        @click=${() => state.togglePanel('left')}>${icon('funnel')}${filters ? html`<span class="head-dot" aria-hidden="true">${filters}</span>` : nothing}</button>
      <div class="head-title"><h1>${this.#title()}</h1>
        <span class="head-count">${this.#count()}</span></div>
      ${this.#departed()}
      <button type="button" class="btn head-sort" aria-haspopup="menu" title=${`Sorted by ${title.toLowerCase()}, ${direction.toLowerCase()}`}
        @click=${this.#openSort}><span class="head-sort-label">Sort: </span>${title}${icon('chevron-down')}</button>
      <button type="button" class="btn-icon" aria-label=${`${direction}. Turn the order round`} title=${`${direction} – turn round`} @click=${this.#turn}>
        ${icon(order.endsWith('_asc') ? 'arrow-up' : 'arrow-down')}</button>
      <div class="head-size">${slider({
        label: 'Size', min: 90, max: 360, step: 2, value: state.rowHeight.value, text: `${state.rowHeight.value} pixels high`, input: (value) => this.resize(value),
      })}</div>
      <a class="btn-icon head-map" href=${`/map${mapQuery(params)}`} aria-label="Show on the map" title="Show on the map">${icon('map')}</a>
      <button type="button" class="btn-icon" aria-haspopup="menu" aria-label="Saved views" title="Saved views" @click=${this.#openSaved}>${icon('bookmark')}</button>
      <button type="button" class="btn-icon" data-opens="details" aria-pressed=${String(panels.right)} aria-label="Details" title=${withKey('Details', 'i')}
        @click=${() => state.togglePanel('right')}>${icon('info')}</button>`;
  }

  #title() {
    const { state } = this, view = state.view.value, params = state.params.value, section = state.section.value;
    const words = params.get('q');
    if (words) return `“${words}”`;
    if (view && hasMonth(view.feed, section)) return monthTitle(view.feed.sectionKeys[section]);
    const folders = valuesOf(params, 'folder'), albums = valuesOf(params, 'album');
    if (albums.length === 1 && chipsOf(params).length === 1) return chipLabel('album', albums[0]);
    if (folders.length === 1 && chipsOf(params).length === 1) return folders[0].split('/').filter(Boolean).at(-1) ?? 'Folder';
    return chipsOf(params).length ? 'Filtered photos' : 'All photos';
  }

  /** The number that belongs to the title: of the month in view, or of the whole view. */
  #count() {
    const { state } = this, view = state.view.value, section = state.section.value;
    if (!view) return '';
    const { feed } = view, shown = hasMonth(feed, section) && !state.params.value.get('q') ? monthCount(feed, section) : feed.count;
    if (shown < feed.count) return html`${count(shown)} of ${plural(feed.count, 'photo')}`;
    return html`${plural(feed.count, 'photo')}${feed.meta.total > feed.count ? html`<span class="head-of"> of ${count(feed.meta.total)}</span>` : nothing}`;
  }

  /** A way to let go of photos that were edited and no longer fit. */
  #departed() {
    const { state } = this, departed = state.departed.value;
    if (!departed) return nothing;
    const words = `${plural(departed, 'photo')} no longer ${departed === 1 ? 'fits' : 'fit'}. Show the view as it is now`;
    return html`<button type="button" class="btn btn-small head-refresh" aria-label=${words} title=${words} @click=${() => void state.refresh()}>${icon('refresh-cw')}<span>${count(departed)} no longer ${departed === 1 ? 'fits' : 'fit'}</span></button>`;
  }

  /** @param {Event} event */
  #openSort = (event) => {
    const { state } = this, params = state.params.value, { key } = splitSort(readSort(params));
    const sorts = SORTS.filter((sort) => sortFits(sort.key, params));
    const items = sorts.map((sort) => ({
      label: sort.title, checked: sort.key === key, hint: sort.downFirst ? sort.down : sort.up,
      run: () => state.apply(withSort(params, `${sort.key}_${sort.downFirst ? 'desc' : 'asc'}`)),
    }));
    const isNarrow = !this.querySelector('.head-size')?.checkVisibility();
    openMenu(/** @type {HTMLElement} */ (event.currentTarget), isNarrow ? [...items, 'line', ...this.#sizes()] : items, { label: 'Sort by' });
  };

  /** Sizes to choose from where there is no room for the slider. */
  #sizes() {
    const height = this.state.rowHeight.peek();
    return [['Small photos', 90], ['Medium photos', 130], ['Large photos', 240]].map(([label, size]) => ({
      label: String(label), checked: Math.abs(height - Number(size)) < 20, hint: '', run: () => this.resize(Number(size)),
    }));
  }

  #turn = () => {
    const params = this.state.params.value, order = readSort(params), { key } = splitSort(order);
    this.state.apply(withSort(params, `${key}_${order.endsWith('_asc') ? 'desc' : 'asc'}`));
  };

  /** @param {Event} event */
  #openSaved = (event) => void openSavedViews(/** @type {HTMLElement} */ (event.currentTarget), this.state);
}

/** The same photos on the map. @param {URLSearchParams} params */
function mapQuery(params) {
  const key = viewKey(params);
  return key ? `?${key}` : '';
}

/** Whether the rows stand by day and this is one of them. @param {import('pa/grid/feed.js').Feed} feed @param {number} section */
function hasMonth(feed, section) {
  return feed.meta.sections === 'day' && section >= 0 && section < feed.sections;
}

/** Photos of the month a section lies in: its days stand side by side. @param {import('pa/grid/feed.js').Feed} feed @param {number} section */
function monthCount(feed, section) {
  const month = sectionMonth(feed.sectionKeys[section]);
  let first = section, end = section + 1;
  while (first > 0 && sectionMonth(feed.sectionKeys[first - 1]) === month) first--;
  while (end < feed.sections && sectionMonth(feed.sectionKeys[end]) === month) end++;
  return feed.sectionFirst[end] - feed.sectionFirst[first];
}

define('pa-library-head', PaLibraryHead);
