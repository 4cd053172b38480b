/** Folders of the machine the server runs on: listing them, completing what is typed. Without DOM. */
import { getJson } from 'pa/core/http.js';

/** @typedef {{name: string, path: string, readable: boolean}} FolderEntry */
/** @typedef {{path: string, parent: string | null, exists: boolean, is_dir: boolean, readable: boolean, roots: FolderEntry[], entries: FolderEntry[], error: string | null}} Listing */

/** @param {string} path "" for the start: the home folder @param {AbortSignal} [signal] @returns {Promise<Listing>} */
export function listFolder(path, signal) {
  return getJson(`/api/catalog/browse?${new URLSearchParams({ path })}`, { signal });
}

/** The last part of a path, for a short name. @param {string} path */
export function folderName(path) {
  return path.replace(/[\\/]+$/, '').split(/[\\/]/).pop() || path;
}

/**
 * Split what was typed into the folder to list and the beginning of the name within it.
 * @param {string} typed @returns {{folder: string, beginning: string}}
 */
export function completionParts(typed) {
  const cut = typed.lastIndexOf('/') + 1;
  return { folder: typed.slice(0, cut), beginning: typed.slice(cut) };
}

/** The entries whose name begins with (else contains) what was typed, hidden folders only when asked for. @template {{name: string}} T @param {T[]} entries @param {string} beginning @param {number} [most] */
export function completions(entries, beginning, most = 12) {
  const wanted = beginning.toLowerCase();
  const visible = entries.filter((entry) => wanted.startsWith('.') || !entry.name.startsWith('.'));
  const starts = visible.filter((entry) => entry.name.toLowerCase().startsWith(wanted));
  const holds = visible.filter((entry) => !starts.includes(entry) && entry.name.toLowerCase().includes(wanted));
  return [...starts, ...holds].slice(0, most);
}
