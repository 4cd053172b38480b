/** Look-alikes in Library and Loupe: the verb and its key, the filter of duplicates, the strip in the details. */
import { html, nothing } from 'lit-html';
import { getJson, sentenceOf } from 'pa/core/http.js';
import { registerKeys, withKey } from 'pa/core/keys.js';
import { navigate } from 'pa/core/router.js';
import { nameValues } from 'pa/grid/query.js';
import { facetList } from 'pa/grid/filters/rows.js';
import { registerFilter } from 'pa/grid/filters/registry.js';
import { registerInfoSection } from 'pa/grid/info-sections.js';
import { registerSelectionVerb } from 'pa/grid/verbs.js';
import { showToast } from 'pa/ui/toast.js';
import './area.js';
import './groups.js';
import './names.js';
import './strip.js';

/** Photos whose look-alikes can be asked for together. */
const MOST = 200;

/** Show what looks like these photos, or say why that is not known yet. @param {Iterable<number>} ids */
async function showSimilar(ids) {
  const few = [...ids].slice(0, MOST);
  if (!few.length) return;
  try {
    const { note } = await getJson(`/api/look-alikes?ids=${few.join(',')}&limit=1`);
    if (note) showToast(note);
    else navigate(`/library?similar=${few.join(',')}`);
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}

registerSelectionVerb({
  name: 'similar', label: 'Find similar', title: withKey('Find photos that look like these', 's'), icon: 'search', order: 30, fold: 4,
  shown: (view) => view.selection.count <= MOST,
  run: (view) => void showSimilar(Array.from(view.selection.targets(), (index) => Number(view.feed.ids[index]))),
});

registerFilter({
  name: 'duplicates', title: 'Duplicates', order: 115, params: ['duplicates'], closed: true,
  shown: ({ facets, params }) => (facets.duplicates ?? []).length > 0 || params.has('duplicates'),
  template: (context) => html`${facetList(context, 'duplicates', { short: false })}
    <a class="facet-more" href="/duplicates">Review duplicates</a>`,
});
nameValues('duplicates', { hide: 'Keepers only', open: 'Duplicates to review', same: 'Same picture', near: 'Nearly the same', burst: 'Bursts' });

registerInfoSection({ name: 'similar', order: 50, template: (id) => (id ? html`<pa-look-alikes .photo=${id}></pa-look-alikes>` : nothing) });

/** The selected photos through their bar, else the one with the focus. */
function ofLibrary() {
  const verb = document.querySelector('#selection-bar:not([hidden]) [data-verb="similar"]');
  if (verb instanceof HTMLElement) verb.click();
  else showFocused(document.querySelector('#grid [data-photo-id][tabindex="0"]'));
}

/** @param {Element | null} element */
function showFocused(element) {
  const id = Number(element?.getAttribute('data-photo-id'));
  if (id) void showSimilar([id]);
}

registerKeys('library', [{ keys: ['s'], label: 'Find similar photos', group: 'Photo', run: ofLibrary }]);
registerKeys('loupe', [{ keys: ['s'], label: 'Find similar photos', group: 'Show', run: () => showFocused(document.getElementById('loupe')) }]);
