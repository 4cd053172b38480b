/** The strip under the map: the first photos of what the map shows, or of the spot that was chosen. */
import { html, nothing } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { PaElement, define } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { viewKey } from 'pa/grid/query.js';
import { icon } from 'pa/ui/icons.js';
import { isSpot } from './clusters.js';

/** @typedef {import('./state.js').MapState} MapState */

export class PaMapStrip extends PaElement {
  /** @type {MapState} */
  state = /** @type {any} */ (null);

  template() {
    const { state } = this, seen = state.seen.value, chosen = state.chosen.value, located = state.points.value?.meta.located ?? 0;
    this.hidden = !located || state.mode.value === 'list';
    if (this.hidden) return nothing;
    if (!seen) return html`<div class="strip-head"></div><div class="strip-photos"></div>`;        // its room is kept: the map does not jump
    state.year.value;
    const ids = chosen?.ids ?? seen.image_ids, unreadable = new Set((chosen ?? seen).unreadable), total = chosen?.count ?? seen.shown, window = state.window;
    const box = /** @type {[number, number, number, number]} */ (chosen?.bounds ?? (window ? [window.west, window.south, window.east, window.north] : [-180, -90, 180, 90]));
    const key = viewKey(state.paramsWithin(box)), query = key ? `?${key}` : '';
    return html`<div class="strip-head"><h2 class="strip-title" aria-live="polite">${plural(total, 'photo')} ${chosen ? (isSpot(chosen.bounds) ? 'at this spot' : 'in this cluster') : 'in this area'}</h2>
        ${chosen ? html`<button type="button" class="btn btn-small" @click=${() => { state.chosen.value = null; }}>${icon('x')}Back to the area</button>` : nothing}
        ${total ? html`<a class="btn btn-small" href=${`/library${query}`}>${icon('images')}Open in Library</a>` : nothing}</div>
      ${total ? html`<ul class="strip-photos" role="list" aria-label="Photos">${repeat(ids, (id) => id, (id) => html`<li>
        <a href=${`/library/photo/${id}${query}`} data-photo-id=${id} aria-label=${`Photo ${id}`}>${unreadable.has(id) ? html`<span class="strip-blind" title="This file cannot be read">${icon('file-warning')}</span>` : html`<img src=${`/api/thumb/sm/${id}`} alt="" loading="lazy" decoding="async" @error=${hide}>`}</a></li>`)}
        ${total > ids.length ? html`<li><a class="strip-more" href=${`/library${query}`}>${count(total - ids.length)} more</a></li>` : nothing}</ul>`
        : html`<p class="strip-none">No photos here. Zoom out or move the map.</p>`}`;
  }
}

define('pa-map-strip', PaMapStrip);

/** A photo without a picture is an empty frame, no broken one. @param {Event} event */
function hide(event) {
  /** @type {HTMLElement} */ (event.target).hidden = true;
}
