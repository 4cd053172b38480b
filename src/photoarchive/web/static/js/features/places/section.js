/** Places in the filter panel: countries, what lies in the chosen ones, and a field that finds any place by name. */
import { html, nothing } from 'lit-html';
import { signal } from 'pa/core/signals.js';
import { LONG, findField, forgetFind, foundValues } from 'pa/grid/filters/find.js';
import { registerFilter } from 'pa/grid/filters/registry.js';
import { facetRow, moreButton } from 'pa/grid/filters/rows.js';
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
  const total = all.length + (context.more.place ?? 0), more = countries.length > SHOWN ? moreButton(isWhole, countries.length, toggleWhole) : nothing;
  const canFind = isWhole || more === nothing, found = canFind ? foundValues(context, 'place') : null;
  const field = (/** @type {number} */ shown) => (found || (canFind && total > LONG) ? findField(context, { facet: 'place', label: 'Find a place', shown, total: found?.values ? found.total : total }) : nothing);
  if (found?.values) {
    return html`${field(found.values.length)}${found.values.map((place) => row(context, place, 0, chosen, around(place.value, countries)))}${more}`;
  }
  const shown = countries.filter(({ value }, at) => isWhole || at < SHOWN || chosen.some((one) => one === value || one.startsWith(`${value}|`)));
  return html`${field(shown.length)}${lost(chosen, all).map((value) => row(context, { value, label: value.split('|').at(-1) ?? value, count: all.length ? 0 : undefined }, 0, chosen))}
    ${shown.map((country) => branch(context, all, country, 0, chosen))}
    ${more}`;
}

function toggleWhole() {
  if (whole.peek()) forgetFind('place');
  whole.value = !whole.peek();
}

/** Where a place lies, in words: several towns may have one name. @param {string} value @param {FacetValue[]} countries */
function around(value, countries) {
  const [code, ...inside] = value.split('|').slice(0, -1), country = countries.find((one) => one.value === code)?.label ?? code;
  return [...inside.filter(Boolean).reverse(), country].filter(Boolean).join(', ');
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

/** @param {FilterContext} context @param {FacetValue} place @param {number} depth @param {string[]} chosen @param {string} [within] where it lies, for one that stands alone */
function row(context, place, depth, chosen, within = '') {
  const { value, label } = place, pressed = chosen.includes(value);
  /** What is chosen inside or around a place gives way to it. */
  const press = () => {
    const others = chosen.filter((one) => one !== value && !one.startsWith(`${value}|`) && !value.startsWith(`${one}|`));
    context.apply(withValues(context.params, 'place', pressed ? [...others, ...above(value, chosen)] : [...others, value]));
  };
  return html`<div class="place-facet" data-depth=${depth}>${facetRow({ value, label: within ? html`<span>${label}</span><small class="facet-hint">${within}</small>` : label, count: place.count, pressed, title: within ? `${label}, ${within}` : label, press })}</div>`;
}

/** Taking a town away leaves its region chosen. @param {string} value @param {string[]} chosen */
function above(value, chosen) {
  const parts = value.split('|').slice(0, -1);
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const up = parts.join('|');
  return up && !chosen.includes(up) ? [up] : [];
}
