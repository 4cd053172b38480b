/**
 * The filters that exist. A filter registers itself; the panel shows those whose provider the server has, in order.
 * The panel is shared by all pages that work on a view.
 */
import { signal } from 'pa/core/signals.js';

/** count: not there until the server has counted. @typedef {{value: string, label: string, count?: number}} FacetValue */
/**
 * What a filter is drawn with. facets: counts that follow the other filters; more: how many values of a facet are not
 * among them. apply: show another query.
 * @typedef {{params: URLSearchParams, facets: Record<string, FacetValue[]>, more: Record<string, number>, apply: (params: URLSearchParams) => void}} FilterContext
 */
/**
 * @typedef {object} FilterSection
 * @property {string} name of the section, in `data-filter`
 * @property {string} title
 * @property {number} order sections stand in ascending order
 * @property {string[]} params the parameters it sets
 * @property {boolean} [closed] closed until the user opens it
 * @property {(context: FilterContext) => boolean} [shown] whether there is anything to choose
 * @property {(context: FilterContext) => unknown} template
 */

/** @type {import('pa/core/signals.js').Signal<FilterSection[]>} */
export const filterSections = signal([]);

/** Add a filter, or replace the one of that name. @param {FilterSection} section */
export function registerFilter(section) {
  const others = filterSections.peek().filter(({ name }) => name !== section.name);
  filterSections.value = [...others, section].sort((a, b) => a.order - b.order);
}
