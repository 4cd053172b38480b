/** The filters that every catalog has. People, places and others register themselves when their parts are there. */
import { html, nothing } from 'lit-html';
import { icon } from 'pa/ui/icons.js';
import { chipLabel, valuesOf, withValues } from '../query.js';
import { facetList, facetRow } from './rows.js';
import { registerFilter } from './registry.js';
import { dateTemplate } from './dates.js';

/** @typedef {import('./registry.js').FilterContext} FilterContext */
/** @typedef {import('./registry.js').FacetValue} FacetValue */

const FLAG_ICONS = /** @type {Record<string, [string, string]>} */ ({ picked: ['flag', 'is-pick'], unflagged: ['circle', ''], rejected: ['x', 'is-reject'] });
const FLAG_ORDER = ['picked', 'unflagged', 'rejected'];
const STARS = ['5', '4', '3', '2', '1', '0'];

/** @param {string} param @param {string} [find] */
const list = (param, find) => (/** @type {FilterContext} */ context) =>
  facetList(context, param, { find, label: ({ value, label }) => label || chipLabel(param, value) });

/** @param {string} facet @param {string} [param] @param {number} [least] */
const hasValues = (facet, param = facet, least = 1) => (/** @type {FilterContext} */ { facets, params }) =>
  (facets[facet]?.length ?? 0) >= least || params.has(param);

registerFilter({ name: 'flag', title: 'Flag', order: 10, params: ['flag'], template: flagTemplate });
registerFilter({ name: 'stars', title: 'Stars', order: 20, params: ['stars', 'min_stars'], template: starsTemplate });
registerFilter({ name: 'date', title: 'Date', order: 50, params: ['date_taken', 'date_from', 'date_to'], template: dateTemplate });
registerFilter({ name: 'camera', title: 'Camera', order: 60, params: ['camera'], shown: hasValues('camera'), template: list('camera', 'a camera') });
registerFilter({ name: 'lens', title: 'Lens', order: 70, params: ['lens'], closed: true, shown: hasValues('lens'), template: list('lens', 'a lens') });
registerFilter({ name: 'type', title: 'Type', order: 80, params: ['file_type'], template: typeTemplate });
registerFilter({ name: 'keyword', title: 'Keywords', order: 90, params: ['keyword'], closed: true, shown: hasValues('keyword'), template: keywordTemplate });
registerFilter({ name: 'label', title: 'Label', order: 95, params: ['label'], closed: true, template: labelTemplate });
registerFilter({ name: 'orientation', title: 'Orientation', order: 100, params: ['orientation'], closed: true, template: list('orientation') });
registerFilter({ name: 'ranked', title: 'Ranked', order: 110, params: ['compared', 'rating'], closed: true, template: rankedTemplate });
registerFilter({ name: 'status', title: 'Status', order: 120, params: ['is', 'has'], closed: true, template: statusTemplate });
registerFilter({ name: 'source', title: 'Source', order: 130, params: ['source'], closed: true, shown: hasValues('source', 'source', 2), template: list('source') });

/** @param {FilterContext} context */
function flagTemplate(context) {
  const values = FLAG_ORDER.map((value) => context.facets.flag?.find((one) => one.value === value) ?? { value, label: '', count: context.facets.flag && 0 });
  return facetList(context, 'flag', {
    values, short: false,
    label: ({ value }) => html`<span class="facet-icon ${FLAG_ICONS[value]?.[1] ?? ''}">${icon(FLAG_ICONS[value]?.[0] ?? 'circle', { filled: value === 'picked' })}</span>${chipLabel('flag', value)}`,
  });
}

/** Exactly so many stars of one's own, or at least so many, suggested ones included. @param {FilterContext} context */
function starsTemplate(context) {
  const { params, apply, facets } = context, least = params.get('min_stars'), exact = valuesOf(params, 'stars').map((value) => value.replace(/^=/, ''));
  const orMore = params.has('min_stars') || !params.has('stars');
  /** @param {string} value */
  const press = (value) => {
    const clean = withValues(withValues(params, 'stars', []), 'min_stars', []);
    if (value === 'none') apply(exact.includes('none') ? clean : withValues(clean, 'stars', ['none']));
    else if (orMore && value !== '0') apply(least === value ? clean : withValues(clean, 'min_stars', [value]));
    else apply(exact.includes(value) ? clean : withValues(clean, 'stars', [`=${value}`]));
  };
  /** @param {Event} event */
  const change = (event) => {
    const more = /** @type {HTMLInputElement} */ (event.target).checked, clean = withValues(withValues(params, 'stars', []), 'min_stars', []);
    const chosen = least ?? exact.find((value) => value !== 'none') ?? '';
    if (!chosen) apply(more ? clean : withValues(clean, 'stars', ['=5']));
    else apply(more ? withValues(clean, 'min_stars', [chosen]) : withValues(clean, 'stars', [`=${chosen}`]));
  };
  const known = facets.stars && 0, counts = countsOf(facets.stars), shown = orMore ? countsOf(facets.min_stars) : counts;
  return html`${STARS.filter((value) => value !== '0' || counts.get('0')).map((value) => facetRow({
    value, label: starsLabel(value, least !== null && Number(value) > Number(least)), count: (value === '0' ? counts : shown).get(value) ?? known,
    pressed: value === least || exact.includes(value), press: () => press(value),
    title: orMore && value !== '0' ? chipLabel('min_stars', value) : chipLabel('stars', value),
  }))}
  ${facetRow({ value: 'none', label: 'No stars', count: counts.get('none') ?? known, pressed: exact.includes('none'), press: () => press('none') })}
  <label class="check facet-check"><input type="checkbox" .checked=${orMore} @change=${change}>or more, suggested ones too</label>`;
}

/** Counts by value. @param {FacetValue[]} [values] */
const countsOf = (values = []) => new Map(values.map(({ value, count }) => [value.replace(/^=/, ''), count]));

/** @param {string} value @param {boolean} included */
function starsLabel(value, included) {
  const stars = Number(value);
  return html`<span class="facet-stars ${included ? 'is-included' : ''}" role="img" aria-label=${chipLabel('stars', value)}>${
    Array.from({ length: 5 }, (_, n) => icon('star', { filled: n < stars }))}</span>`;
}

/** @param {FilterContext} context */
function labelTemplate(context) {
  return facetList(context, 'label', {
    short: false,
    label: ({ value }) => html`${value === '0' ? nothing : html`<span class="swatch" data-label=${value}></span>`}${chipLabel('label', value)}`,
  });
}

/** Levels of a keyword as people read them. @param {FilterContext} context */
function keywordTemplate(context) {
  return facetList(context, 'keyword', { find: 'a keyword', label: ({ value }) => chipLabel('keyword', value) });
}

/** Kinds first, then endings. @param {FilterContext} context */
function typeTemplate(context) {
  const kinds = (context.facets.kind ?? []).map((one) => ({ ...one, label: chipLabel('file_type', one.value) }));
  const kindNames = new Set(kinds.map(({ value }) => value));
  const endings = (context.facets.file_type ?? []).filter(({ value }) => !kindNames.has(value));
  return facetList(context, 'file_type', { values: [...kinds, ...endings], label: ({ value, label }) => label || chipLabel('file_type', value) });
}

/** @param {FilterContext} context */
function rankedTemplate(context) {
  const best = context.params.get('rating');
  return html`${list('compared')(context)}${['top2%', 'top10%', 'top30%'].map((value) => facetRow({
    value, label: chipLabel('rating', value), pressed: best === value,
    press: () => context.apply(withValues(context.params, 'rating', best === value ? [] : [value])),
  }))}`;
}

/** @param {FilterContext} context */
function statusTemplate(context) {
  return html`${facetList(context, 'is', { short: false, label: ({ value }) => chipLabel('is', value) })}
    ${facetList(context, 'has', { short: false, label: ({ value }) => chipLabel('has', value) })}`;
}
