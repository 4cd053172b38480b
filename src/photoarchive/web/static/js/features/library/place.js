/**
 * Where the user was, kept with the browser's history entry: Back, Forward and a reload return to the same photos, the
 * same focus and the same selection. Positions are kept as photo ids, so they survive photos that came in between.
 */

/** @typedef {import('pa/grid/grid-view.js').GridView} GridView */
/** @typedef {import('pa/grid/grid-view.js').Anchor} Anchor */
/** @typedef {import('pa/grid/view.js').PhotoView} PhotoView */
/** @typedef {{key: string, id: number, share: number, offset: number, focus: number}} Place */

const SELECTION_KEY = 'photoarchive.selection';
/** Larger selections are kept only when they are the whole view. */
const KEPT_IDS = 20_000;

/** Write where the user is into the current history entry. @param {GridView} grid */
export function keepPlace(grid) {
  const { view } = grid, anchor = grid.anchor(0);
  if (!view || !anchor) return;
  const { focus } = view.selection;
  /** @type {Place} */
  const place = {
    key: view.key, id: view.feed.ids[anchor.index], share: anchor.share, offset: anchor.offset,
    focus: focus >= 0 ? view.feed.ids[focus] : 0,
  };
  history.replaceState({ ...history.state, library: place }, '');
}

/** Where the current history entry says the user was, in this view. @param {PhotoView} view @returns {Anchor | null} */
export function placeIn(view) {
  const place = /** @type {Place | undefined} */ (history.state?.library);
  if (!place || place.key !== view.key) return null;
  if (view.selection.focus < 0 && place.focus) view.selection.focusOn(view.feed.indexOf(place.focus));
  const index = view.feed.indexOf(place.id);
  return index < 0 ? null : { index, share: place.share, offset: place.offset };
}

/** @param {PhotoView} view */
export function keepSelection(view) {
  const { selection, feed } = view;
  try {
    if (selection.count === 0) sessionStorage.removeItem(SELECTION_KEY);
    else if (selection.all) sessionStorage.setItem(SELECTION_KEY, JSON.stringify({ key: view.key, all: feed.count }));
    else if (selection.count <= KEPT_IDS) {
      sessionStorage.setItem(SELECTION_KEY, JSON.stringify({ key: view.key, ids: Array.from(selection.indexes(), (index) => feed.ids[index]) }));
    }
  } catch {
    // Storage is full or blocked: a reload then comes back without the selection.
  }
}

/** Select again what was selected in this view before a reload. @param {PhotoView} view */
export function restoreSelection(view) {
  if (view.selection.count > 0) return;
  let kept;
  try {
    kept = JSON.parse(sessionStorage.getItem(SELECTION_KEY) ?? 'null');
  } catch {
    return;
  }
  if (!kept || kept.key !== view.key) return;
  if (kept.all === view.feed.count) view.selection.selectAll();
  else if (Array.isArray(kept.ids)) {
    const wanted = new Set(kept.ids), found = [];
    for (let i = 0; i < view.feed.count && found.length < wanted.size; i++) if (wanted.has(view.feed.ids[i])) found.push(i);
    view.selection.restore(found);
  }
}
