/** Visual groups in the filter panel: the view parted by what its photos look like, once the section is opened. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { plural } from 'pa/core/format.js';
import { getJson, isAbort, sentenceOf } from 'pa/core/http.js';
import { batch, effect, signal } from 'pa/core/signals.js';
import { chipLabel, nameValues, valuesOf, viewKey, withoutSort, withToggled, withValues } from 'pa/grid/query.js';
import { registerFilter } from 'pa/grid/filters/registry.js';
import { facetRow } from 'pa/grid/filters/rows.js';
import { segments } from 'pa/ui/segments.js';

/** @typedef {import('pa/grid/filters/registry.js').FilterContext} FilterContext */
/** @typedef {{name: string, group: string, size: number, representative: number}} Group */
/** without: photos of the view that have not been looked at. @typedef {{collections: Group[], total_images: number, without: number}} Answer */

const FILTER = 'group';
const COUNTS = ['6', '12', '24'];

/** How many groups are wanted. */
const wanted = signal('12');
/** Names of groups by their value, also of those that another view was parted into. @type {Record<string, string>} */
const names = {};

class PaVisualGroups extends PaElement {
  #context = signal(/** @type {FilterContext | null} */ (null));
  #answer = signal(/** @type {Answer | null} */ (null));
  #failure = signal('');
  #key = '';
  #running = new AbortController();

  /** @param {FilterContext} context */
  set context(context) {
    this.#context.value = context;
  }

  connected() {
    this.whenGone(effect(() => {
      const params = this.#context.value?.params, count = wanted.value;
      if (params) void this.#ask(viewKey(withoutSort(withValues(params, FILTER, []))), count);
    }));
  }

  disconnected() {
    this.#running.abort();
    this.#key = '';
  }

  /** The groups of a view, once. @param {string} view @param {string} count */
  async #ask(view, count) {
    const key = `n_clusters=${count}${view && `&${view}`}`;
    if (key === this.#key) return;
    this.#key = key;
    this.#running.abort();
    const running = this.#running = new AbortController();
    try {
      const answer = await getJson(`/api/collections?${key}`, { signal: running.signal });
      for (const { group, name } of answer.collections) names[group] = name;
      nameValues(FILTER, { ...names });
      batch(() => {
        this.#answer.value = answer;
        this.#failure.value = '';
      });
    } catch (error) {
      if (isAbort(error)) return;
      this.#key = '';
      this.#failure.value = sentenceOf(error);
    }
  }

  template() {
    const context = this.#context.value, answer = this.#answer.value, failure = this.#failure.value;
    if (!context) return nothing;
    const chosen = valuesOf(context.params, FILTER), found = answer?.collections ?? [];
    const others = chosen.filter((value) => !found.some(({ group }) => group === value));
    return html`${segments({ name: 'visual-groups', label: 'How many groups', value: wanted.value, options: COUNTS.map((value) => ({ value, label: value })), change: (value) => { wanted.value = value; } })}
      ${others.map((value) => this.#row(context, { name: chipLabel(FILTER, value), group: value, representative: Number.parseInt(value, 10) }))}
      ${found.map((group) => this.#row(context, group))}
      ${failure ? html`<p class="groups-note" role="alert">${failure}</p>` : nothing}
      ${answer || failure ? nothing : html`<p class="groups-note" role="status">Looking for groups…</p>`}
      ${answer && !found.length ? html`<p class="groups-note">None of these photos has been looked at yet.</p>` : nothing}
      ${found.length ? html`<p class="groups-note">By what they look like. Names are guesses.</p>` : nothing}
      ${answer?.without && found.length ? html`<p class="groups-note">${plural(answer.without, 'photo')} ${answer.without === 1 ? 'is' : 'are'} in no group: not looked at yet.</p>` : nothing}`;
  }

  /** @param {FilterContext} context @param {{name: string, group: string, representative: number, size?: number}} group */
  #row({ params, apply }, { name, group, representative, size }) {
    return facetRow({
      label: html`<img class="group-face" src=${`/api/thumb/sm/${representative}`} alt="" width="36" height="28" loading="lazy" decoding="async"><span class="group-name">${name}</span>`,
      count: size, value: group, title: name, pressed: valuesOf(params, FILTER).includes(group), press: () => apply(withToggled(params, FILTER, group)),
    });
  }
}

define('pa-visual-groups', PaVisualGroups);

registerFilter({
  name: 'group', title: 'Visual groups', order: 93, params: [FILTER], closed: true,
  shown: ({ facets, params }) => (facets.tag?.length ?? 0) > 0 || params.has(FILTER),
  template: (context) => html`<pa-visual-groups .context=${context}></pa-visual-groups>`,
});
