/** Places in the filter panel: countries, and what lies in the chosen ones. Also names places and areas in filter chips. */
import { html, nothing } from 'lit-html';
import { count } from 'pa/core/format.js';
import { signal } from 'pa/core/signals.js';
import { registerFilter } from 'pa/grid/filters/registry.js';
import { facetRow } from 'pa/grid/filters/rows.js';
import { valuesOf, withValues } from 'pa/grid/query.js';

/** @typedef {import('pa/grid/filters/registry.js').FilterContext} FilterContext */
/** @typedef {import('pa/grid/filters/registry.js').FacetValue} FacetValue */

const SHOWN = 8;
const whole = signal(false);

registerFilter({
  name: 'place', title: 'Place', order: 85, params: ['place', 'bbox'],
  shown: ({ facets, params }) => (facets.place?.length ?? 0) > 0 || params.has('place') || params.has('bbox'), template,
});

/** @param {FilterContext} context */
function template(context) {
  const chosen = valuesOf(context.params, 'place'), all = context.facets.place ?? [];
  const countries = all.filter(({ value }) => !value.includes('|')), isWhole = whole.value;
  const shown = countries.filter(({ value }, at) => isWhole || at < SHOWN || chosen.some((one) => one === value || one.startsWith(`${value}|`)));
  return html`${lost(chosen, all).map((value) => row(context, { value, label: value.split('|').at(-1) ?? value, count: all.length ? 0 : undefined }, 0, chosen))}
    ${shown.map((country) => branch(context, all, country, 0, chosen))}
    ${countries.length > SHOWN ? html`<button type="button" class="facet-more" aria-expanded=${String(isWhole)} @click=${() => { whole.value = !isWhole; }}>${isWhole ? 'Fewer' : `All ${count(countries.length)}`}</button>` : nothing}`;
}

/** Chosen values that no photo has now. @param {string[]} chosen @param {FacetValue[]} all */
function lost(chosen, all) {
  return chosen.filter((value) => !all.some((one) => one.value === value));
}

/** A place, and what lies in it once it, or something in it, is chosen. @param {FilterContext} context @param {FacetValue[]} all @param {FacetValue} place @param {number} depth @param {string[]} chosen @returns {unknown} */
function branch(context, all, place, depth, chosen) {
  const open = chosen.some((value) => value === place.value || value.startsWith(`${place.value}|`));
  const inside = open && depth < 2 ? all.filter(({ value }) => isIn(value, place.value)) : [];
  return html`${row(context, place, depth, chosen)}${inside.map((one) => branch(context, all, one, depth + 1, chosen))}`;
}

/** Whether a value lies directly in another: a town without a region lies in its country. @param {string} value @param {string} above */
function isIn(value, above) {
  if (!value.startsWith(`${above}|`)) return false;
  const rest = value.slice(above.length + 1).replace(/^\|/, '');
  return !rest.includes('|');
}

/** @param {FilterContext} context @param {FacetValue} place @param {number} depth @param {string[]} chosen */
function row(context, place, depth, chosen) {
  const { value, label } = place, pressed = chosen.includes(value);
  /** What is chosen inside or around a place gives way to it. */
  const press = () => {
    const others = chosen.filter((one) => one !== value && !one.startsWith(`${value}|`) && !value.startsWith(`${one}|`));
    context.apply(withValues(context.params, 'place', pressed ? [...others, ...above(value, chosen)] : [...others, value]));
  };
  return html`<div class="place-facet" data-depth=${depth}>${facetRow({ value, label, count: place.count, pressed, title: label, press })}</div>`;
}

/** Taking a town away leaves its region chosen. @param {string} value @param {string[]} chosen */
function above(value, chosen) {
  const parts = value.split('|').slice(0, -1);
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const up = parts.join('|');
  return up && !chosen.includes(up) ? [up] : [];
}
