/** “Shows” in the filter panel: what the bundled model takes photos for. Guesses, and called so. */
import { valuesOf } from 'pa/grid/query.js';
import { facetList } from 'pa/grid/filters/rows.js';
import { registerFilter } from 'pa/grid/filters/registry.js';

registerFilter({
  name: 'tag', title: 'Shows (guesses)', order: 92, params: ['tag'], closed: true,
  shown: ({ facets, params }) => (facets.tag?.length ?? 0) > 0 || valuesOf(params, 'tag').length > 0,
  template: (context) => facetList(context, 'tag', { find: 'a guess', label: ({ value }) => value }),
});
