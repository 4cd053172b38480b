/** The pages photoArchive can have: their names, places and keys. Which of them exist, the server says. */

/** @typedef {{name: string, label: string, path: string, patterns: string[], icon: string, key: string, nav: boolean}} PageInfo */

/** @type {readonly PageInfo[]} */
export const PAGES = [
  page('library', 'Library', 'images', 'l', ['/library', '/rankings']),
  { ...page('loupe', 'Photo', 'image', '', ['/library/photo/:id']), nav: false },
  page('compare', 'Compare', 'scale', 'c'),
  page('people', 'People', 'users', 'p', ['/people', '/people/:id']),
  page('map', 'Map', 'map', 'm'),
  page('catalog', 'Catalog', 'hard-drive', 'f'),
  page('settings', 'Settings', 'settings', 's', ['/settings', '/settings/:section']),
  { ...page('history', 'History', 'history', 'h'), nav: false },
  { ...page('duplicates', 'Duplicates', 'layers', 'd'), nav: false },
];

/** The names of the pages that exist in this version, as the server wrote them into #pages. @returns {Set<string>} */
export function existingPages() {
  const text = document.getElementById('pages')?.textContent ?? '[]';
  const names = new Set(/** @type {string[]} */ (JSON.parse(text)));
  if (names.has('library')) names.add('loupe');
  return names;
}

/** @param {string} name @param {string} label @param {string} icon @param {string} key @param {string[]} [patterns] @returns {PageInfo} */
function page(name, label, icon, key, patterns = [`/${name}`]) {
  return { name, label, icon, key, patterns, path: patterns[0] ?? '/', nav: true };
}
