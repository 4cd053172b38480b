/** Where the browser side is put together: pages, keys, top bar, Work bar, events. Imports everything, exports nothing. */
import { installFacade } from 'pa/compat/facade.js';
import { startEvents } from 'pa/core/events.js';
import { whenIdle } from 'pa/core/idle.js';
import { bringsKeys, offerKeys, openKeyHelp, registerKeys, startKeys } from 'pa/core/keys.js';
import { navigate, pageShown, registerPage, startRouter } from 'pa/core/router.js';
import { showKeyHelp } from 'pa/features/help/overlay.js';
import 'pa/features/search/box.js';
import 'pa/features/work/bar.js';
import { showFailure } from 'pa/shell/failure.js';
import { existingPages, PAGES } from 'pa/shell/pages.js';
import { startStatus } from 'pa/shell/status.js';
import 'pa/shell/top_bar.js';
import { redo, undo } from 'pa/ui/undo.js';

const PATIENCE_MS = 1500;

/** Loads each page when it is first visited. @type {Record<string, (() => Promise<any>) | undefined>} */
const MODULES = {
  library: () => {
    if (new URLSearchParams(location.search).has('q')) void import('pa/features/search/note.js'); // stands over the photos
    void bringsKeys(shown().then(() => Promise.all([import('pa/features/search/note.js'), import('pa/features/albums/section.js'), import('pa/features/organise/keywords.js'), import('pa/features/export/verb.js'), import('pa/features/compare/verb.js'), import('pa/features/similar/verbs.js'), import('pa/features/places/section.js'), import('pa/features/corrections/verb.js'), import('pa/features/people/in-photo.js')])));
    return import('pa/features/library/page.js');
  },
  loupe: () => {
    void bringsKeys(Promise.all([import('pa/features/similar/verbs.js'), import('pa/features/compare/verb.js'), import('pa/features/search/note.js'), import('pa/features/corrections/verb.js'), import('pa/features/people/in-photo.js')]));
    return import('pa/features/loupe/page.js');
  },
  compare: () => {
    void import('pa/features/people/filter.js');
    return import('pa/features/compare/page.js');
  },
  people: () => import('pa/features/people/page.js'),
  map: () => {
    void Promise.all([import('pa/features/albums/section.js'), import('pa/features/organise/keywords.js'), import('pa/features/places/section.js'), import('pa/features/people/filter.js')]);
    return import('pa/features/map/page.js');
  },
  catalog: () => import('pa/features/sources/page.js'),
  settings: loadSettingsPage,
  history: () => import('pa/features/history/page.js'),
  duplicates: () => import('pa/features/similar/page.js'),
};

/** The page asked for is on screen, or takes long: what can wait for it begins. */
async function shown() {
  await Promise.race([pageShown(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))]);
  await whenIdle();
}

/** Settings shows the sources' table, models, Deep Search and the keys of the other pages, which it does not know itself. */
async function loadSettingsPage() {
  const [page, library, loupe, compare, people, map] = await Promise.all([
    import('pa/features/settings/page.js'), import('pa/features/library/keys.js'), import('pa/features/loupe/keys.js'),
    import('pa/features/compare/keys.js'), import('pa/features/people/keys.js'), import('pa/features/map/keys.js'), import('pa/features/sources/table.js'), import('pa/features/export/copies.js'),
    import('pa/features/models/section.js'), import('pa/features/deep/section.js'), import('pa/features/search/settings.js'),
  ]);
  const inert = new Proxy(/** @type {any} */ ({}), { get: () => () => {} });
  offerKeys('library', 'Library', () => library.registerLibraryKeys(inert));
  offerKeys('loupe', 'Photo', () => loupe.registerLoupeKeys(inert));
  if (pages.has('compare')) offerKeys('compare', 'Compare', () => compare.registerCompareKeys(inert));
  if (pages.has('people')) offerKeys('people', 'People', () => people.registerPeopleKeys(inert));
  if (pages.has('map')) offerKeys('map', 'Map', () => map.registerMapKeys(inert));
  return page;
}

const pages = existingPages();

for (const page of PAGES) {
  const load = MODULES[page.name];
  if (load && pages.has(page.name)) for (const pattern of page.patterns) registerPage({ name: page.name, pattern, load });
}
registerPage({ name: 'start', pattern: '/', load: () => import('pa/shell/start.js') });

registerKeys('global', [
  { keys: ['/'], label: 'Search', group: 'Everywhere', run: () => document.getElementById('search')?.focus() },
  { keys: ['?'], label: 'Show keyboard shortcuts', group: 'Everywhere', run: openKeyHelp },
  { keys: ['Ctrl+Z'], label: 'Undo', group: 'Everywhere', run: () => void undo() },
  { keys: ['Ctrl+Shift+Z', 'Ctrl+Y'], label: 'Redo', group: 'Everywhere', run: () => void redo() },
  ...PAGES.filter((page) => page.key !== "" && pages.has(page.name)).map((page) => ({
    keys: [`g ${page.key}`], label: `Go to ${page.label}`, group: 'Everywhere', except: ['loupe', 'compare'],
    run: () => navigate(page.path),
  })),
]);

document.getElementById('top')?.append(document.createElement('pa-top-bar'));
installFacade({ undo, redo });
startKeys({ help: showKeyHelp });
startRouter({ onFailure: showFailure, unknown: { name: 'nowhere', pattern: '', load: () => import('pa/shell/nowhere.js') } });
void shown().then(() => {
  document.getElementById('work-bar')?.append(document.createElement('pa-work-bar'));
  startStatus();
  startEvents();
});
