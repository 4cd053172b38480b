/** The folder filter: the folders of all sources as a tree with counts; choosing one includes what lies below it. */
import { html, nothing } from 'lit-html';
import { count } from 'pa/core/format.js';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { valuesOf, withValues } from '../query.js';
import { facetRow } from './rows.js';

/** @typedef {import('./facets.js').Folder} Folder */
/** @typedef {import('./registry.js').FilterContext} FilterContext */

/** Folders whose sub-folders are shown; '-' before the only source, which opens by itself: closed. @type {import('pa/core/signals.js').Signal<Set<string>>} */
const open = signal(new Set());
/** More siblings than this are shown on request. */
const SHOWN = 100;
/** How many siblings are shown, by folder, where more than SHOWN were asked for. @type {import('pa/core/signals.js').Signal<Map<string, number>>} */
const shown = signal(new Map());

/**
 * The section, given where the folders come from and who brings what lies in one that was opened.
 * @param {() => Folder[]} folders @param {() => void} bring @returns {import('./registry.js').FilterSection}
 */
export function folderSection(folders, bring) {
  return {
    name: 'folder', title: 'Folders', order: 40, params: ['folder'],
    shown: ({ params }) => folders().length > 0 || params.has('folder'),
    template: (context) => folderTemplate({ ...context, bring }, folders()),
  };
}

/** Folders whose content is needed: the opened ones and those above the chosen ones. @param {URLSearchParams} params @returns {string[]} */
export function openedFolders(params) {
  const opened = new Set([...open.peek()].filter((path) => !path.startsWith('-')));
  for (const path of valuesOf(params, 'folder')) for (const above of foldersAbove(path)) opened.add(above);
  return [...opened];
}

/** @param {string} path @returns {string[]} */
function foldersAbove(path) {
  const found = [];
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) found.push(path.slice(0, at));
  return found;
}

/** @typedef {FilterContext & {bring: () => void}} TreeContext */

/** @param {TreeContext} context @param {Folder[]} all */
function folderTemplate(context, all) {
  const chosen = valuesOf(context.params, 'folder'), children = childrenOf(all), roots = children.get('') ?? [];
  const opened = new Set(open.value);
  if (roots.length === 1 && !open.value.has(`-${roots[0].path}`)) opened.add(roots[0].path);
  for (const path of chosen) for (const above of foldersAbove(path)) opened.add(above);
  return branch({ context, children, opened, chosen }, roots, '', 0);
}

/**
 * @param {{context: TreeContext, children: Map<string, Folder[]>, opened: Set<string>, chosen: string[]}} tree
 * @param {Folder[]} folders those directly in `parent` @param {string} parent @param {number} depth @returns {unknown}
 */
function branch(tree, folders, parent, depth) {
  const { context, children, opened, chosen } = tree, limit = shown.value.get(parent) ?? SHOWN;
  const rows = folders.slice(0, limit).map((folder) => {
    const isOpen = opened.has(folder.path), pressed = chosen.includes(folder.path);
    return html`<div class="facet-branch" data-depth=${Math.min(depth, 6)}>
      ${folder.folders ? html`<button type="button" class="facet-twist" aria-expanded=${String(isOpen)} aria-label=${`Folders in ${folder.name}`}
        @click=${() => twist(context, folder.path, isOpen)}>${icon('chevron-right')}</button>` : html`<span class="facet-twist"></span>`}
      ${facetRow({
        value: folder.path, label: folder.name, count: folder.count, title: folder.path, pressed,
        press: () => context.apply(withValues(context.params, 'folder', pressed ? [] : [folder.path])),
      })}</div>
      ${isOpen && folder.folders ? branch(tree, children.get(folder.path) ?? [], folder.path, depth + 1) : nothing}`;
  });
  if (folders.length <= limit) return rows;
  return [rows, html`<button type="button" class="btn btn-small btn-quiet" @click=${() => { shown.value = new Map(shown.value).set(parent, limit * 4); }}>
    Show ${count(Math.min(folders.length, limit * 4) - limit)} more</button>`];
}

/** Trees that were built. @type {WeakMap<Folder[], Map<string, Folder[]>>} */
const trees = new WeakMap();

/** Folders by the folder they lie in; '' holds those of the sources. @param {Folder[]} all */
function childrenOf(all) {
  const known = trees.get(all);
  if (known) return known;
  /** @type {Map<string, Folder[]>} */
  const children = new Map();
  for (const folder of all) {
    const key = folder.depth ? folder.path.slice(0, folder.path.lastIndexOf('/')) || '/' : '', siblings = children.get(key);
    if (siblings) siblings.push(folder);
    else children.set(key, [folder]);
  }
  trees.set(all, children);
  return children;
}

/** @param {TreeContext} context @param {string} path @param {boolean} isOpen */
function twist(context, path, isOpen) {
  const next = new Set(open.value);
  next.delete(path);
  next.delete(`-${path}`);
  next.add(isOpen ? `-${path}` : path);
  open.value = next;
  if (!isOpen) context.bring();
}
