/** The way into the library page: asks for its photos at once, while the rest of the page is still loading. */
import { startLayoutWorker } from 'pa/grid/layout-client.js';
import { viewKey } from 'pa/grid/query.js';
import { loadViewEarly } from 'pa/grid/view.js';

/** @typedef {import('pa/core/router.js').Route} Route */

startLayoutWorker();
const library = import('./library.js');

export default {
  title: 'Library',
  /** @param {HTMLElement} host @param {Route} to */
  async mount(host, to) {
    loadViewEarly(viewKey(to.query));
    return (await library).mountLibrary(host, to);
  },
};
