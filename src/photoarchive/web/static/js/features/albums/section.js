/** The albums in the filter panel: each with its count, its menu, and a way to make a new one. */
import { html, nothing } from 'lit-html';
import { valuesOf, withToggled } from 'pa/grid/query.js';
import { registerFilter } from 'pa/grid/filters/registry.js';
import { facetRow } from 'pa/grid/filters/rows.js';
import { icon } from 'pa/ui/icons.js';
import { openMenu } from 'pa/ui/menu.js';
import { albums, followAlbums } from './state.js';
import { deleteAlbum, makeAlbum, renameAlbum } from './verbs.js';

/** @typedef {import('./state.js').Album} Album */
/** @typedef {import('pa/grid/filters/registry.js').FilterContext} FilterContext */

/** @param {FilterContext} context */
function template(context) {
  const chosen = valuesOf(context.params, 'album'), counts = new Map((context.facets.album ?? []).map(({ value, count }) => [value, count]));
  return html`${albums.value.map((album) => html`<div class="album-row">${facetRow({
    value: String(album.id), label: album.name, title: album.name, count: counts.get(String(album.id)) ?? album.count, pressed: chosen.includes(String(album.id)),
    press: () => context.apply(withToggled(context.params, 'album', String(album.id))),
  })}<button type="button" class="btn-icon album-more" aria-haspopup="menu" aria-label=${`Album ${album.name}`} title="Rename or delete" @click=${(/** @type {Event} */ event) => openAlbum(event, album)}>${icon('ellipsis')}</button></div>`)}
    ${albums.value.length ? nothing : html`<p class="album-hint">Albums keep photos together in an order of their own.</p>`}
    <button type="button" class="facet-more" @click=${() => void makeAlbum()}>New album…</button>`;
}

/** @param {Event} event @param {Album} album */
function openAlbum(event, album) {
  openMenu(/** @type {HTMLElement} */ (event.currentTarget), [
    { label: 'Rename…', icon: 'pencil', run: () => void renameAlbum(album) },
    { label: 'Delete album', icon: 'trash-2', run: () => void deleteAlbum(album) },
  ], { label: `Album ${album.name}` });
}

followAlbums();
registerFilter({ name: 'album', title: 'Albums', order: 45, params: ['album'], template });
