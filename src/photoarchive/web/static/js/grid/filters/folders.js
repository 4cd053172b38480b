/** The folder filter: the folders of all sources as a tree with counts; choosing one includes what lies below it. */
import { html, nothing } from 'lit-html';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { valuesOf, withValues } from '../query.js';
import { facetRow } from './rows.js';

/** @typedef {import('./facets.js').Folder} Folder */
/** @typedef {import('./registry.js').FilterContext} FilterContext */

/** Folders whose sub-folders are shown. @type {import('pa/core/signals.js').Signal<Set<string>>} */
const open = signal(new Set());
/** More siblings than this are shown on request. */
const SHOWN = 100;

/** The section, given where the folders come from. @param {() => Folder[]} folders @returns {import('./registry.js').FilterSection} */
export function folderSection(folders) {
  return {
    name: 'folder', title: 'Folders', order: 40, params: ['folder'],
    shown: ({ params }) => folders().length > 0 || params.has('folder'),
    template: (context) => folderTemplate(context, folders()),
  };
}

/** @param {FilterContext} context @param {Folder[]} all */
function folderTemplate(context, all) {
  const chosen = valuesOf(context.params, 'folder'), children = childrenOf(all), roots = children.get('') ?? [];
  /** A single source opens by itself: its root alone says nothing. */
  const opened = new Set(open.value);
  if (roots.length === 1 && !open.value.has(`-${roots[0].path}`)) opened.add(roots[0].path);
  for (const path of chosen) for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) opened.add(path.slice(0, at));
  return branch(context, children, roots, opened, chosen, 0);
}

/**
 * @param {FilterContext} context @param {Map<string, Folder[]>} children @param {Folder[]} folders
 * @param {Set<string>} opened @param {string[]} chosen @param {number} depth @returns {unknown}
 */
function branch(context, children, folders, opened, chosen, depth) {
  return folders.slice(0, SHOWN).map((folder) => {
    const below = children.get(folder.path) ?? [], isOpen = opened.has(folder.path), pressed = chosen.includes(folder.path);
    return html`<div class="facet-branch" data-depth=${Math.min(depth, 6)}>
      ${below.length ? html`<button type="button" class="facet-twist" aria-expanded=${String(isOpen)} aria-label=${`Folders in ${folder.name}`}
        @click=${() => twist(folder.path, isOpen)}>${icon('chevron-right')}</button>` : html`<span class="facet-twist"></span>`}
      ${facetRow({
        value: folder.path, label: folder.name, count: folder.count, title: folder.path, pressed,
        press: () => context.apply(withValues(context.params, 'folder', pressed ? [] : [folder.path])),
      })}</div>
      ${isOpen && below.length ? branch(context, children, below, opened, chosen, depth + 1) : nothing}`;
  });
}

/** Trees that were built: a catalog may have tens of thousands of folders. @type {WeakMap<Folder[], Map<string, Folder[]>>} */
const trees = new WeakMap();

/** Folders by the folder they lie in; '' holds those of the sources. @param {Folder[]} all */
function childrenOf(all) {
  const known = trees.get(all);
  if (known) return known;
  const paths = new Set(all.map(({ path }) => path));
  /** @type {Map<string, Folder[]>} */
  const children = new Map();
  for (const folder of all) {
    const parent = folder.path.slice(0, Math.max(0, folder.path.lastIndexOf('/')));
    const key = paths.has(parent) ? parent : '';
    const siblings = children.get(key);
    if (siblings) siblings.push(folder);
    else children.set(key, [folder]);
  }
  trees.set(all, children);
  return children;
}

/** @param {string} path @param {boolean} isOpen */
function twist(path, isOpen) {
  const next = new Set(open.value);
  next.delete(path);
  next.delete(`-${path}`);
  next.add(isOpen ? `-${path}` : path);
  open.value = next;
}
