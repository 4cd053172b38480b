/** People in the filter panel: any of them, all of them, none of them; faces without a name; how many faces. Also names them in chips. */
import { html, nothing } from 'lit-html';
import { getJson } from 'pa/core/http.js';
import { route } from 'pa/core/router.js';
import { effect, signal } from 'pa/core/signals.js';
import { registerFilter } from 'pa/grid/filters/registry.js';
import { forgetFind } from 'pa/grid/filters/find.js';
import { facetRow, longList, moreButton } from 'pa/grid/filters/rows.js';
import { nameValues, valuesOf, withValues } from 'pa/grid/query.js';
import { icon } from 'pa/ui/icons.js';
import { segments } from 'pa/ui/segments.js';

/** @typedef {import('pa/grid/filters/registry.js').FilterContext} FilterContext */
/** @typedef {import('pa/grid/filters/registry.js').FacetValue} FacetValue */
/** @typedef {'people'|'people_all'|'people_none'} Param */

const SHOWN = 8, UNNAMED = 'unnamed';
const PARAMS = /** @type {readonly Param[]} */ (['people', 'people_all', 'people_none']);
const MODES = [{ value: 'people', label: 'Any' }, { value: 'people_all', label: 'All' }, { value: 'people_none', label: 'None' }];
const FACES = [['0', 'No faces'], ['1', 'One face'], ['2', 'Two faces'], ['>=3', 'Three or more']];
/** Names by id, as far as they are known. @type {Map<string, string>} */
const names = new Map();
const asked = new Set();
const whole = signal(false);
/** What pressing a name means. @type {import('pa/core/signals.js').Signal<Param>} */
const mode = signal(/** @type {Param} */ ('people'));

registerFilter({
  name: 'people', title: 'People', order: 30, params: [...PARAMS, 'faces'], template,
  shown: ({ facets, params }) => (facets.people ?? []).some(({ value, count: photos }) => value !== UNNAMED || photos) || [...PARAMS, 'faces'].some((param) => params.has(param)),
});
nameValues('faces', Object.fromEntries(FACES));
learn([[UNNAMED, 'Unnamed']]);
effect(() => { for (const id of chosenIds(route.value.query)) void ask(id); });

/** @param {FilterContext} context */
function template(context) {
  const { params } = context, all = context.facets.people ?? [], chosen = new Set(chosenIds(params)), isWhole = whole.value;
  learn(all.map(({ value, label }) => [value, label]));
  const people = all.filter(({ value }) => value !== UNNAMED), unnamed = all.find(({ value }) => value === UNNAMED);
  const lost = [...chosen].filter((id) => !all.some(({ value }) => value === id)).map((value) => ({ value, label: names.get(value) ?? 'Unnamed person', count: undefined }));
  const list = longList(context, 'people', people, { isWhole, total: people.length, chosen: [...chosen], find: 'a person' });
  const shown = [...lost, ...list.shown.filter(({ value }) => value !== UNNAMED), ...(unnamed && (unnamed.count || chosen.has(UNNAMED)) ? [unnamed] : [])];
  return html`${shown.length ? html`<div class="people-modes">${segments({ name: 'people-mode', label: 'Photos that show, of the pressed people', value: mode.value, options: MODES, change: (value) => change(context, /** @type {Param} */ (value)) })}</div>` : nothing}
    ${list.field}${shown.map((one) => row(context, one))}
    ${people.length > SHOWN ? moreButton(isWhole, people.length, () => toggleWhole(isWhole)) : nothing}
    <div class="people-numbers" role="group" aria-label="Number of faces">${FACES.map(([value, label]) => number(context, value, label))}</div>`;
}

/** @param {boolean} isWhole */
function toggleWhole(isWhole) {
  if (isWhole) forgetFind('people');
  whole.value = !isWhole;
}

/** @param {FilterContext} context @param {FacetValue} person */
function row({ params, apply }, { value, label, count: photos }) {
  const inside = PARAMS.find((param) => valuesOf(params, param).includes(value)), mark = inside === 'people_none' ? 'ban' : inside === 'people_all' ? 'check' : '';
  /** A name stands under one of the three at most. */
  const press = () => {
    const clean = PARAMS.reduce((query, param) => withValues(query, param, valuesOf(query, param).filter((one) => one !== value)), params);
    apply(inside ? clean : withValues(clean, mode.peek(), [...valuesOf(clean, mode.peek()), value]));
  };
  return facetRow({
    value, count: inside === 'people_none' ? undefined : photos, pressed: inside !== undefined, press, title: labelOf(inside ?? 'people', label),
    label: html`${mark ? html`<span class="facet-icon ${inside === 'people_none' ? 'is-reject' : 'is-pick'}">${icon(mark, { label: inside === 'people_none' ? 'none of' : 'all of' })}</span>` : nothing}<span class="people-label">${label}</span>`,
  });
}

/** Any becomes all, all becomes any; None is for what is pressed next. @param {FilterContext} context @param {Param} value */
function change({ params, apply }, value) {
  const before = mode.peek();
  mode.value = value;
  if (value === 'people_none' || before === value) return;
  const other = value === 'people' ? 'people_all' : 'people', moved = valuesOf(params, other);
  if (moved.length) apply(withValues(withValues(params, other, []), value, [...new Set([...valuesOf(params, value), ...moved])]));
}

/** @param {FilterContext} context @param {string} value @param {string} label */
function number({ params, apply }, value, label) {
  const chosen = valuesOf(params, 'faces'), pressed = chosen.includes(value);
  return facetRow({ value, label, pressed, press: () => apply(withValues(params, 'faces', pressed ? chosen.filter((one) => one !== value) : [...chosen, value])) });
}

/** @param {URLSearchParams} params */
function chosenIds(params) {
  return PARAMS.flatMap((param) => valuesOf(params, param));
}

/** @param {string} param @param {string} name */
function labelOf(param, name) {
  return param === 'people_all' ? `With ${name}` : param === 'people_none' ? `Without ${name}` : name;
}

/** Let chips say names. @param {[string, string][]} more */
function learn(more) {
  let isNew = false;
  for (const [id, name] of more) {
    isNew ||= names.get(id) !== name;
    names.set(id, name);
  }
  if (!isNew) return;
  queueMicrotask(() => { for (const param of PARAMS) nameValues(param, Object.fromEntries([...names].map(([id, name]) => [id, labelOf(param, name)]))); });
}

/** The name of somebody no panel has counted yet. @param {string} id */
async function ask(id) {
  if (names.has(id) || asked.has(id) || !/^\d+$/.test(id)) return;
  asked.add(id);
  try {
    const person = await getJson(`/api/people/${id}`);
    learn([[id, person.name || 'Unnamed person']]);
  } catch {
    learn([[id, 'Nobody']]); // the view itself says what is wrong with the query
  }
}
