/** The filter panel: every registered filter as a section that opens and closes, with live counts. */
import { html, nothing } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { PaElement, define } from 'pa/core/element.js';
import { plural } from 'pa/core/format.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { closeButton } from 'pa/ui/overlay.js';
import { filtersOf, onlySearch } from '../query.js';
import './builtin.js';
import { FacetStore } from './facets.js';
import { folderSection } from './folders.js';
import { filterSections, registerFilter } from './registry.js';

/** @typedef {import('./registry.js').FilterSection} FilterSection */

const STORE_KEY = 'photoarchive.filters.open';

export class PaFilterPanel extends PaElement {
  /** The query that is filtered. @type {import('pa/core/signals.js').Signal<URLSearchParams>} */
  params = signal(new URLSearchParams());
  /** Shows another query; set by the page. @type {(params: URLSearchParams) => void} */
  apply = () => {};
  /** Closes the panel where it lies over the photos; see ui/overlay.js. @type {(() => void) | null} */
  close = null;
  store = new FacetStore();
  #toggled = signal(readToggled());

  connected() {
    registerFilter(folderSection(() => this.store.folders.value, () => void this.store.bringFolders()));
    this.whenGone(() => this.store.close());
  }

  template() {
    const counted = this.store.facets.value, context = { params: this.params.value, facets: counted?.facets ?? {}, more: counted?.more ?? {}, apply: this.apply };
    const sections = filterSections.value.filter((section) => section.shown?.(context) ?? true);
    const active = filtersOf(context.params).length;
    return html`<div class="panel-head"><h2>Filters</h2>
      ${active ? html`<button type="button" class="btn btn-small" @click=${() => this.apply(onlySearch(context.params))}>Clear ${plural(active, 'filter')}</button>` : nothing}
      ${this.close ? closeButton('Close the filters', this.close) : nothing}</div>
      ${repeat(sections, ({ name }) => name, (section) => this.#section(section, context))}`;
  }

  /** @param {FilterSection} section @param {import('./registry.js').FilterContext} context */
  #section(section, context) {
    const active = section.params.some((param) => context.params.has(param));
    const open = this.#toggled.value[section.name] ?? (active || !section.closed), id = `filter-${section.name}`;
    return html`<section class="filter" data-filter=${section.name} ?data-active=${active}>
      <h3><button type="button" class="filter-title" aria-expanded=${String(open)} aria-controls=${id} @click=${() => this.#toggle(section.name, !open)}>
        <span>${section.title}</span>${active && !open ? html`<span class="filter-dot" role="img" aria-label="active"></span>` : nothing}${icon('chevron-down')}</button></h3>
      <div class="filter-body" id=${id} role="group" aria-label=${section.title} ?hidden=${!open}>${open ? section.template(context) : nothing}</div></section>`;
  }

  /** @param {string} name @param {boolean} open */
  #toggle(name, open) {
    this.#toggled.value = { ...this.#toggled.value, [name]: open };
    try {
      localStorage.setItem(STORE_KEY, JSON.stringify(this.#toggled.value));
    } catch {
      // Storage is blocked: the choice lasts as long as the page.
    }
  }
}

/** @returns {Record<string, boolean>} */
function readToggled() {
  try {
    return JSON.parse(localStorage.getItem(STORE_KEY) ?? '{}');
  } catch {
    return {};
  }
}

define('pa-filter-panel', PaFilterPanel);
