/** What most filters are made of: a list of values with counts, any of which may be pressed. */
import { html, nothing } from 'lit-html';
import { count } from 'pa/core/format.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { valuesOf, withToggled } from '../query.js';
import { LISTED, LONG, findField, forgetFind, foundValues } from './find.js';

/** @typedef {import('./registry.js').FilterContext} FilterContext */
/** @typedef {import('./registry.js').FacetValue} FacetValue */

const SHOWN = 8;
/** Names of the lists that are shown whole. @type {import('pa/core/signals.js').Signal<Set<string>>} */
const whole = signal(new Set());

/**
 * One value as a button that is pressed while the filter has it.
 * @param {{label: unknown, count?: number, pressed: boolean, press: () => void, value: string, title?: string}} row
 */
export function facetRow({ label, count: number, pressed, press, value, title }) {
  return html`<button type="button" class="facet" aria-pressed=${String(pressed)} data-value=${value} title=${title ?? nothing}
    ?data-empty=${number === 0 && !pressed} @click=${press}>
    <span class="facet-label">${label}</span>${number === undefined ? nothing : html`<span class="facet-count">${count(number)}</span>`}</button>`;
}

/**
 * The values of a facet, the most frequent first; chosen values are always there, also with no photo left.
 * find: what a long list asks to look for, for example "a keyword"; without it all values are listed.
 * @param {FilterContext} context @param {string} param
 * @param {{facet?: string, label?: (value: FacetValue) => unknown, values?: FacetValue[], short?: boolean, find?: string}} [options]
 */
export function facetList(context, param, { facet = param, label = (value) => value.label, values, short = true, find } = {}) {
  const chosen = valuesOf(context.params, param), known = values ?? context.facets[facet] ?? [];
  const lost = chosen.filter((value) => !known.some((one) => one.value === value)).map((value) => ({ value, label: value, count: 0 }));
  const all = [...known, ...lost], total = all.length + (find ? context.more[facet] ?? 0 : 0), isWhole = !short || whole.value.has(facet);
  const list = longList(context, facet, all, { isWhole, total, chosen, find: short && find ? find : '' });
  return html`${list.field}${list.shown.map((one) => facetRow({
    label: label(one), value: one.value, count: one.count, pressed: chosen.includes(one.value),
    title: one.label, press: () => context.apply(withToggled(context.params, param, one.value)),
  }))}
  ${short && total > SHOWN ? moreButton(isWhole, total, () => toggleWhole(facet)) : nothing}`;
}

/**
 * What is shown of a list: the first few; of all of it LISTED at most, or what is looked for; chosen values in any case.
 * @param {FilterContext} context @param {string} facet @param {FacetValue[]} all
 * @param {{isWhole: boolean, total: number, chosen: string[], find: string}} list find: see facetList; "": no field
 * @returns {{field: unknown, shown: FacetValue[]}}
 */
export function longList(context, facet, all, { isWhole, total, chosen, find }) {
  const found = find && isWhole ? foundValues(context, facet) : null, searched = found !== null || (Boolean(find) && isWhole && total > LONG);
  const most = !isWhole ? SHOWN : find ? LISTED : Infinity;
  const shown = found?.values ?? all.filter((one, at) => at < most || chosen.includes(one.value));
  if (!searched) return { field: nothing, shown };
  return { field: findField(context, { facet, label: `Find ${find}`, shown: shown.length, total: found?.values ? found.total : total }), shown };
}

/** @param {boolean} isWhole @param {number} total @param {() => void} press */
export function moreButton(isWhole, total, press) {
  return html`<button type="button" class="facet-more" aria-expanded=${String(isWhole)} @click=${press}>
    ${isWhole ? 'Fewer' : `All ${count(total)}`}${icon(isWhole ? 'chevron-up' : 'chevron-down')}</button>`;
}

/** @param {string} facet */
function toggleWhole(facet) {
  const next = new Set(whole.value);
  if (!next.delete(facet)) next.add(facet);
  else forgetFind(facet);
  whole.value = next;
}
