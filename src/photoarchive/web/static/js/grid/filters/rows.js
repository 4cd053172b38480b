/** What most filters are made of: a list of values with counts, any of which may be pressed. */
import { html, nothing } from 'lit-html';
import { count } from 'pa/core/format.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { valuesOf, withToggled } from '../query.js';

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
 * @param {FilterContext} context @param {string} param
 * @param {{facet?: string, label?: (value: FacetValue) => unknown, values?: FacetValue[], short?: boolean}} [options]
 */
export function facetList(context, param, { facet = param, label = (value) => value.label, values, short = true } = {}) {
  const chosen = valuesOf(context.params, param), known = values ?? context.facets[facet] ?? [];
  const lost = chosen.filter((value) => !known.some((one) => one.value === value)).map((value) => ({ value, label: value, count: 0 }));
  const all = [...known, ...lost], isWhole = !short || whole.value.has(facet);
  const shown = isWhole ? all : all.filter((one, at) => at < SHOWN || chosen.includes(one.value));
  return html`${shown.map((one) => facetRow({
    label: label(one), value: one.value, count: one.count, pressed: chosen.includes(one.value),
    title: one.label, press: () => context.apply(withToggled(context.params, param, one.value)),
  }))}
  ${short && all.length > SHOWN ? html`<button type="button" class="facet-more" aria-expanded=${String(isWhole)} @click=${() => toggleWhole(facet)}>
    ${isWhole ? 'Fewer' : `All ${count(all.length)}`}${icon(isWhole ? 'chevron-up' : 'chevron-down')}</button>` : nothing}`;
}

/** @param {string} facet */
function toggleWhole(facet) {
  const next = new Set(whole.value);
  if (!next.delete(facet)) next.add(facet);
  whole.value = next;
}
