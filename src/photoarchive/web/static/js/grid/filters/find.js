/**
 * Finding a value of a filter that has too many to look through: a field over its list, which asks the server. The list
 * holds the most frequent values; the server knows them all.
 */
import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { count } from 'pa/core/format.js';
import { getJson, isAbort } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { viewKey } from '../query.js';

/** @typedef {import('./registry.js').FilterContext} FilterContext */
/** @typedef {import('./registry.js').FacetValue} FacetValue */
/** counted: the counts that were shown when it was asked. values: null until the server has answered; of: for which text it has. @typedef {{text: string, counted: unknown, values: FacetValue[] | null, of: string, total: number}} Find */

/** Longer lists have the field, and this many rows at most. */
export const LONG = 24, LISTED = 200;
const FOUND = 50, WAIT_MS = 150;

/** What is looked for, by facet. @type {import('pa/core/signals.js').Signal<Map<string, Find>>} */
const finds = signal(new Map());
/** then: what waits for the answer to that text. @type {Map<string, {timer?: ReturnType<typeof setTimeout>, request: AbortController, text: string, then: () => void}>} */
const running = new Map();

/**
 * What was found for the text in the field; null without a text. Asks again when the photos have been counted anew.
 * @param {FilterContext} context @param {string} facet @returns {Find | null}
 */
export function foundValues(context, facet) {
  const find = finds.value.get(facet);
  if (!find) return null;
  if (find.counted !== context.facets && context.facets[facet]) {
    queueMicrotask(() => {
      set(facet, { ...find, counted: context.facets });
      ask(context, facet, find.text.trim(), 0);
    });
  }
  return find;
}

/** Look for nothing any more. @param {string} facet */
export function forgetFind(facet) {
  running.get(facet)?.request.abort();
  clearTimeout(running.get(facet)?.timer);
  set(facet, null);
}

/**
 * The field, and how many values are shown of how many.
 * @param {FilterContext} context @param {{facet: string, label: string, shown: number, total: number}} list label: "Find a keyword"
 */
export function findField(context, { facet, label, shown, total }) {
  const find = finds.value.get(facet), waits = find && !find.values;
  return html`<div class="facet-find">
    <input class="field-input" type="search" aria-label=${label} placeholder=${label} autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="200"
      .value=${live(find?.text ?? '')} @input=${(/** @type {Event} */ event) => typed(context, facet, /** @type {HTMLInputElement} */ (event.target).value)}
      @keydown=${(/** @type {KeyboardEvent} */ event) => pressed(event, facet)}>
    <span class="facet-found" role="status">${waits ? nothing : find && !find.total ? 'None fits' : `${count(shown)} of ${count(total)}`}</span></div>`;
}

/** @param {FilterContext} context @param {string} facet @param {string} typedText */
function typed(context, facet, typedText) {
  const before = finds.peek().get(facet), text = typedText.trim();
  if (!text) forgetFind(facet);
  else {
    set(facet, { text: typedText, counted: context.facets, values: before?.values ?? null, of: before?.of ?? '', total: before?.total ?? 0 });
    ask(context, facet, text, WAIT_MS);
  }
}

/** @param {FilterContext} context @param {string} facet @param {string} text @param {number} wait */
function ask(context, facet, text, wait) {
  const before = running.get(facet), request = new AbortController();
  before?.request.abort();
  clearTimeout(before?.timer);
  const query = new URLSearchParams(viewKey(context.params));
  for (const [name, value] of Object.entries({ facet, containing: text, limit: String(FOUND) })) query.set(name, value);
  const timer = setTimeout(async () => {
    try {
      const { values, total } = await getJson(`/api/facets/values?${query}`, { signal: request.signal });
      const find = finds.peek().get(facet);
      if (!find || request.signal.aborted) return;
      set(facet, { ...find, values, total, of: text });
      requestAnimationFrame(() => answered(facet)); // drawn by then
    } catch (error) {
      if (!isAbort(error)) setTimeout(() => { if (!request.signal.aborted) ask(context, facet, text, 0); }, WAIT_MS * 10); // the server is away: the Work bar says so
    }
  }, wait);
  running.set(facet, { timer, request, text, then: before?.text === text ? before.then : () => {} }); // asked again, as the photos were counted anew
}

/** @param {string} facet */
function answered(facet) {
  const asked = running.get(facet), then = asked?.then;
  if (asked) asked.then = () => {};
  then?.();
}

/** Enter presses the first value found, arrow down goes to it, Escape empties the field. @param {KeyboardEvent} event @param {string} facet */
function pressed(event, facet) {
  const field = /** @type {HTMLInputElement} */ (event.target), text = field.value.trim(), find = finds.peek().get(facet), asking = running.get(facet);
  if (event.key === 'Enter' && find && find.of !== text && asking) asking.then = () => choose(field, facet);
  else if (event.key === 'Enter' && find) choose(field, facet);
  else if (event.key === 'ArrowDown') firstRow(field, facet)?.focus();
  else if (event.key === 'Escape' && field.value) forgetFind(facet);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {HTMLInputElement} field @param {string} facet */
function choose(field, facet) {
  firstRow(field, facet)?.click();
  field.select();
}

/** The first value that was found, or that is listed. @param {HTMLInputElement} field @param {string} facet */
function firstRow(field, facet) {
  const find = finds.peek().get(facet), rows = /** @type {HTMLElement[]} */ ([...field.closest('.filter-body')?.querySelectorAll('.facet') ?? []]);
  return find ? rows.find((row) => row.dataset.value === find.values?.[0]?.value) : rows[0];
}

/** @param {string} facet @param {Find | null} find */
function set(facet, find) {
  const next = new Map(finds.peek());
  if (find) next.set(facet, find);
  else next.delete(facet);
  finds.value = next;
}
