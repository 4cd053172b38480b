/** The page at "/": the Library once a folder has been added, the Catalog before. */
import { getJson } from 'pa/core/http.js';
import { navigate } from 'pa/core/router.js';

export default {
  title: '',
  async mount() {
    const { sources } = await getJson('/api/catalog');
    navigate(sources.some((/** @type {{included: boolean}} */ source) => source.included) ? '/library' : '/catalog', { replace: true });
  },
};
