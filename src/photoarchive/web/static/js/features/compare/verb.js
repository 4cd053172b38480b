/** Compare as a verb of the selection: the chosen photos, or with nothing chosen the whole view, become the pool. */
import { registerKeys, withKey } from 'pa/core/keys.js';
import { navigate } from 'pa/core/router.js';
import { viewKey } from 'pa/grid/query.js';
import { registerSelectionVerb } from 'pa/grid/verbs.js';
import { openView } from 'pa/grid/view.js';
import { showToast } from 'pa/ui/toast.js';
import { compareAddress } from './scope.js';

/** @typedef {import('pa/grid/view.js').PhotoView} PhotoView */

/** Longer lists of ids do not fit into an address. */
const MOST = 500;

/** @param {PhotoView} view */
function compareChosen(view) {
  const { selection, feed } = view, chosen = selection.count;
  if (selection.all || chosen < 2) navigate(compareAddress('mosaic', filtersOf(view.key)));
  else if (chosen > MOST) showToast(`At most ${MOST} photos can be chosen one by one. Narrow the view with filters, then compare all of it.`);
  else navigate(compareAddress('mosaic', `ids=${Array.from(selection.indexes(), (index) => feed.ids[index]).join(',')}`));
}

/** Filters and words of a query: order means nothing to a pool. @param {string} query */
function filtersOf(query) {
  const params = new URLSearchParams(query);
  for (const name of ['sort', 'seed', 'survey']) params.delete(name);
  return params.toString();
}

registerSelectionVerb({ name: 'compare', label: 'Compare', title: withKey('Choose the best of these photos', 'c'), icon: 'scale', order: 20, fold: 2, run: compareChosen });
registerKeys('library', [{
  keys: ['c'], label: 'Compare the selected photos, or all of the view', group: 'Photo',
  run: () => {
    const chosen = document.querySelector('#selection-bar:not([hidden]) [data-verb="compare"]');
    if (chosen instanceof HTMLElement) chosen.click();
    else navigate(compareAddress('mosaic', filtersOf(location.search)));
  },
}]);

/** The photos that stand side by side, else those selected in the view, else all of it. */
function ofLoupe() {
  const params = new URLSearchParams(location.search), survey = params.get('survey'), view = openView(viewKey(params));
  if (survey) navigate(compareAddress('mosaic', `ids=${survey}`));
  else if (view) compareChosen(view);
  else navigate(compareAddress('mosaic', filtersOf(location.search)));
}

registerKeys('loupe', [{ keys: ['c'], label: 'Compare the selected photos, or all of the view', group: 'Show', run: ofLoupe }]);
