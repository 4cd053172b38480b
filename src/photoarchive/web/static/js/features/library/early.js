/** Runs before everything else on the library page: asks for its photos while the rest of the page is still loading. */
import { startLayoutWorker } from 'pa/grid/layout-client.js';
import { viewKey } from 'pa/grid/query.js';
import { loadViewEarly } from 'pa/grid/view.js';

startLayoutWorker();
loadViewEarly(viewKey(new URLSearchParams(location.search)));
