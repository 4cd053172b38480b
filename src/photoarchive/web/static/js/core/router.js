/**
 * Pages without reloads: History API, modules on demand, scroll and focus back where they were.
 *
 * A page module's default export is a `Page`. `mount` draws into its own host and may be async; the page counts as
 * ready when it resolves. It returns `unmount`, or `{unmount, suspend, resume}`: a page with `resume` is hidden
 * rather than removed when the user goes elsewhere (the Library keeps its grid while the loupe is open).
 */
import { signal } from 'pa/core/signals.js';

/** @typedef {{page: string, params: Record<string, string>, query: URLSearchParams, path: string}} Route */
/** @typedef {{unmount: () => void, suspend?: () => void, resume?: (route: Route) => void | Promise<void>}} Mounted */
/** @typedef {{title: string, mount: (host: HTMLElement, route: Route) => unknown}} Page `mount` gives `() => void`, `Mounted` or nothing, or a promise of one */
/** @typedef {{name: string, pattern: string, load: () => Promise<{default: Page}>, redirect?: (route: Route) => string}} PageEntry */
/** @typedef {{entry: PageEntry, title: string, host: HTMLElement, mounted: Mounted}} Live */
/** @typedef {{scroll: number, focus: string}} Place */

/** Where the user is. Changes before the page's module is mounted. @type {import('pa/core/signals.js').Signal<Route>} */
export const route = signal({ page: '', params: {}, query: new URLSearchParams(), path: '/' });

/** @type {PageEntry[]} */
const entries = [];
/** @type {Map<string, Live>} */
const kept = new Map();
/** Who waits for the page of the address. @type {(() => void)[]} */
const waiting = [];
/** @type {Live | null} */
let current = null;
let visit = 0;
/** @type {PageEntry | null} */
let nowhere = null;
/** @type {(error: unknown, host: HTMLElement, retry: () => void) => void} */
let showFailure = (error) => { throw error; };

/** @param {PageEntry} entry `pattern` is a path with `:name` parts, e.g. "/library/photo/:id" */
export function registerPage(entry) {
  entries.push(entry);
}

/** Start: show the page of the address and follow links, Back and Forward. unknown: what other addresses show. @param {{onFailure: typeof showFailure, unknown: PageEntry}} options */
export function startRouter({ onFailure, unknown }) {
  showFailure = onFailure;
  nowhere = unknown;
  history.scrollRestoration = 'manual';
  document.addEventListener('click', followLink);
  window.addEventListener('popstate', (event) => void show(placeOf(event.state)));
  window.addEventListener('pagehide', rememberPlace);
  void show(placeOf(history.state), false);
}

/** Resolves when the page of the address is on screen. @returns {Promise<void>} */
export function pageShown() {
  return new Promise((resolve) => { if (document.body.dataset.ready) resolve(); else waiting.push(resolve); });
}

function setReady() {
  document.body.dataset.ready = 'true';
  for (const tell of waiting.splice(0)) tell();
}

/**
 * Go to an address of ours. Same page with other parameters: the page hears it through `route` and stays mounted.
 * @param {string} url @param {{replace?: boolean}} [options]
 */
export function navigate(url, { replace = false } = {}) {
  const target = new URL(url, location.href);
  if (!match(target)) {
    location.assign(target);
    return;
  }
  if (replace) {
    history.replaceState(history.state, '', target);
  } else {
    rememberPlace();
    history.pushState(null, '', target);
  }
  void show(null);
}

/** Which page an address shows, or null if it is none of ours. @param {URL} url @returns {{entry: PageEntry, route: Route} | null} */
export function match(url) {
  for (const entry of entries) {
    const params = matchPath(entry.pattern, url.pathname);
    if (params) return { entry, route: { page: entry.name, params, query: url.searchParams, path: url.pathname } };
  }
  return null;
}

/** @param {string} pattern @param {string} path @returns {Record<string, string> | null} */
export function matchPath(pattern, path) {
  const wanted = pattern.split('/');
  const given = path.replace(/(?<=.)\/$/, '').split('/');
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const params = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (!part.startsWith(':')) {
      if (part !== value) return null;
      continue;
    }
    const decoded = decode(value);
    if (decoded === null) return null;
    params[part.slice(1)] = decoded;
  }
  return params;
}

/** Null for broken escapes. @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Name the page in the tab and in history. @param {string} title */
export function setTitle(title) {
  document.title = title ? `${title} · photoArchive` : 'photoArchive';
}

/** @param {Place | null} place where to return to; null on a new visit @param {boolean} [moveFocus] */
async function show(place, moveFocus = true) {
  const url = new URL(location.href), found = match(url) ?? (nowhere && { entry: nowhere, route: { page: nowhere.name, params: {}, query: url.searchParams, path: url.pathname } });
  if (!found) return;
  if (found.entry.redirect) {
    navigate(found.entry.redirect(found.route), { replace: true });
    return;
  }
  const mine = ++visit, focusedBefore = document.activeElement;
  document.body.dataset.page = found.entry.name;
  route.value = found.route;
  if (current?.entry.name === found.entry.name) {
    setReady();
    return;
  }
  delete document.body.dataset.ready;
  try {
    const live = await enter(found.entry, found.route, () => mine === visit);
    if (!live) return;
    current = live;
  } catch (error) {
    if (mine !== visit) return;
    leave();
    const host = newHost(found.entry.name);
    current = { entry: { ...found.entry, name: '' }, title: '', host, mounted: { unmount() {} } };
    showFailure(error, host, () => void show(null));
  }
  restore(place, moveFocus && !hasGoneElsewhere(focusedBefore));
  requestAnimationFrame(() => { if (mine === visit) setReady(); });
}

/**
 * Load the page, then take the old one away and mount it. Null when the user has gone elsewhere meanwhile.
 * @param {PageEntry} entry @param {Route} to @param {() => boolean} wanted @returns {Promise<Live | null>}
 */
async function enter(entry, to, wanted) {
  const waiting = kept.get(entry.name);
  if (waiting) {
    leave();
    kept.delete(entry.name);
    waiting.host.hidden = false;
    setTitle(waiting.title);
    await waiting.mounted.resume?.(to);
    return settle(waiting, wanted);
  }
  const page = (await entry.load()).default;
  if (!wanted()) return null;
  leave();
  const host = newHost(entry.name);
  setTitle(page.title);
  try {
    const mounted = asMounted(await page.mount(host, to));
    return settle({ entry, title: page.title, host, mounted }, wanted);
  } catch (error) {
    host.remove();
    throw error;
  }
}

/** @param {Live} live @param {() => boolean} wanted */
function settle(live, wanted) {
  if (wanted()) return live;
  putAway(live);
  return null;
}

function leave() {
  if (current) putAway(current);
  current = null;
}

/** @param {Live} live */
function putAway(live) {
  live.host.hidden = true;
  if (live.mounted.resume && live.mounted.suspend) {
    live.mounted.suspend();
    kept.set(live.entry.name, live);
    return;
  }
  live.mounted.unmount();
  live.host.remove();
}

/** @param {unknown} result @returns {Mounted} */
function asMounted(result) {
  if (typeof result === 'function') return { unmount: /** @type {() => void} */ (result) };
  return /** @type {Mounted | undefined} */ (result) ?? { unmount() {} };
}

/** @param {string} name */
function newHost(name) {
  const host = document.createElement('div');
  host.className = 'page-host';
  host.dataset.host = name;
  pageRoot().append(host);
  return host;
}

function pageRoot() {
  const root = document.getElementById('page');
  if (!root) throw new Error('The shell has no #page.');
  return root;
}

/** True when the user has gone into a field or onto a button while the page was loaded. @param {Element | null} focusedBefore */
function hasGoneElsewhere(focusedBefore) {
  const now = document.activeElement;
  return now !== focusedBefore && now !== null && now !== document.body;
}

/** Keep scroll and focus of this visit with its history entry. */
function rememberPlace() {
  const focused = document.activeElement;
  const focus = focused instanceof HTMLElement && pageRoot().contains(focused) ? focusName(focused) : '';
  const place = { scroll: current?.host.scrollTop ?? 0, focus };
  history.replaceState({ ...history.state, place }, '');
}

/** @param {HTMLElement} element */
function focusName(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const key = element.dataset.focusKey;
  return key ? `[data-focus-key="${CSS.escape(key)}"]` : '';
}

/** @param {Place | null} place @param {boolean} moveFocus */
function restore(place, moveFocus) {
  const host = current?.host;
  if (!host) return;
  if (place) host.scrollTop = place.scroll;
  if (!moveFocus || host.contains(document.activeElement)) return;
  const named = place?.focus ? host.querySelector(place.focus) : null;
  const target = named ?? host.querySelector('h1');
  if (!(target instanceof HTMLElement)) return;
  if (!named && !target.hasAttribute('tabindex')) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** @param {any} state @returns {Place | null} */
function placeOf(state) {
  return state?.place ?? null;
}

/** @param {MouseEvent} event */
function followLink(event) {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || !match(url)) return;
  event.preventDefault();
  if (url.href !== location.href) navigate(url.href);
}
