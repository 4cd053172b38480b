/** The date filter: years that open into months, photos without a date, and a range of days. */
import { html, nothing } from 'lit-html';
import { getJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { monthName } from '../dates.js';
import { valuesOf, viewKey, withToggled, withValues } from '../query.js';
import { facetRow } from './rows.js';

/** @typedef {import('./registry.js').FilterContext} FilterContext */

/** The year whose months are shown. @type {import('pa/core/signals.js').Signal<string>} */
const openYear = signal('');
/** Months with their counts, by query and year. @type {import('pa/core/signals.js').Signal<{key: string, months: {value: string, count: number}[]}>} */
const months = signal({ key: '', months: [] });

/** @param {FilterContext} context */
export function dateTemplate(context) {
  const { params, facets, apply } = context, chosen = valuesOf(params, 'date_taken'), all = facets.date ?? [];
  const years = all.filter(({ value }) => value !== 'undated'), undated = all.find(({ value }) => value === 'undated');
  /** @param {string} value */
  const press = (value) => apply(withToggled(params, 'date_taken', value));
  return html`
    ${years.map((year) => html`<div class="facet-branch">
      <button type="button" class="facet-twist" aria-expanded=${String(openYear.value === year.value)} aria-label=${`Months of ${year.value}`}
        @click=${() => twist(year.value, params)}>${icon('chevron-right')}</button>
      ${facetRow({ value: year.value, label: year.value, count: year.count, pressed: chosen.includes(year.value), press: () => press(year.value) })}
    </div>
    ${openYear.value === year.value ? html`<div class="facet-children">${monthsOf(params, year.value).map(({ value, count }) => facetRow({
      value, label: monthName(Number(value.slice(5, 7))), count, pressed: chosen.includes(value), press: () => press(value),
    }))}</div>` : nothing}`)}
    ${undated && (undated.count || chosen.includes('undated')) ? facetRow({
      value: 'undated', label: 'No date', count: undated.count, pressed: chosen.includes('undated'), press: () => press('undated'),
    }) : nothing}
    <div class="facet-range">
      ${dayField(context, 'date_from', 'From')}${dayField(context, 'date_to', 'Until')}
    </div>`;
}

/** @param {FilterContext} context @param {string} param @param {string} label */
function dayField({ params, apply }, param, label) {
  /** @param {Event} event */
  const change = (event) => {
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    let next = withValues(params, param, value ? [value] : []);
    const from = next.get('date_from'), to = next.get('date_to');
    if (from && to && from > to) next = withValues(next, param === 'date_from' ? 'date_to' : 'date_from', []);
    apply(next);
  };
  return html`<label>${label}<input class="field-input" type="date" .value=${params.get(param) ?? ''} @change=${change}></label>`;
}

/** @param {URLSearchParams} params @param {string} year */
function monthsOf(params, year) {
  const key = monthsKey(params);
  if (months.value.key !== key) void fetchMonths(key);
  return months.value.months.filter(({ value }) => value.startsWith(`${year}-`));
}

/** The query without its dates: months are counted by the other filters. @param {URLSearchParams} params */
function monthsKey(params) {
  const rest = new URLSearchParams(params);
  for (const name of ['date_taken', 'date_from', 'date_to', 'sort']) rest.delete(name);
  return `?${viewKey(rest)}`;
}

/** @param {string} key */
async function fetchMonths(key) {
  try {
    const { groups } = await getJson(`/api/date-groups${key === '?' ? '' : key}`);
    /** @type {{value: string, count: number}[]} */
    const found = groups.map((/** @type {{date: string, count: number}} */ group) => ({ value: group.date, count: group.count }));
    months.value = { key, months: found.filter(({ value }) => /^\d{4}-\d{2}$/.test(value)).sort((a, b) => (a.value < b.value ? -1 : 1)) };
  } catch {
    months.value = { key, months: [] }; // the years still filter
  }
}

/** @param {string} year @param {URLSearchParams} params */
function twist(year, params) {
  openYear.value = openYear.value === year ? '' : year;
  if (openYear.value && months.value.key !== monthsKey(params)) void fetchMonths(monthsKey(params));
}
