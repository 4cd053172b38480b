/** The map page: filters, map or list of places, strip of photos, timeline. Puts the parts together. */
import { html, nothing, render } from 'lit-html';
import { effect, untracked } from 'pa/core/signals.js';
import { navigate, route } from 'pa/core/router.js';
import 'pa/grid/filters/panel.js';
import { chipsOf, filtersOf, viewKey, withValues, withoutFilters } from 'pa/grid/query.js';
import { canDrawMaps } from 'pa/ui/base-map.js';
import { icon } from 'pa/ui/icons.js';
import { followOverlay } from 'pa/ui/overlay.js';
import './head.js';
import { registerMapKeys } from './keys.js';
import { MapView, hasPlace } from './map-view.js';
import './place-list.js';
import { MapState } from './state.js';
import './strip.js';
import './timeline.js';

/** @typedef {import('pa/core/router.js').Route} Route */
/** @typedef {HTMLElement & {state: MapState}} Part */

class MapPage {
  state = new MapState();
  #host;
  #filters = /** @type {import('pa/grid/filters/panel.js').PaFilterPanel} */ (document.createElement('pa-filter-panel'));
  #area = document.createElement('div');
  #container = document.createElement('div');
  #notice = document.createElement('div');
  #list = /** @type {import('./place-list.js').PaPlaceList} */ (this.#part('pa-place-list'));
  #view = /** @type {MapView | null} */ (null);
  #coming = /** @type {Promise<void> | null} */ (null);
  #closed = false;
  /** @type {(() => void)[]} */
  #stops = [];

  /** @param {HTMLElement} host */
  constructor(host) {
    this.#host = host;
    this.#build();
    this.#follow();
  }

  /** @param {Route} to */
  async show(to) {
    const before = this.state.key, first = this.state.points.peek() === null, stay = first && hasPlaceFor(to);
    const photos = this.state.show(to.query), map = this.state.mode.peek() === 'map' ? this.#draw() : null;
    await photos;
    this.#filters.store.follow(this.state.key);
    await map;
    const moved = first ? !stay : before !== this.state.key;
    if (moved && !to.query.has('bbox')) this.#view?.fitAll(!first);
    else if (moved && first) this.#view?.fitAll(false);
    await this.#view?.look();
  }

  close() {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    this.#view?.close();
    this.state.close();
  }

  #build() {
    const left = document.createElement('aside'), main = document.createElement('section');
    left.className = 'library-left';
    left.setAttribute('aria-label', 'Filters');
    main.className = 'library-main map-main';
    main.setAttribute('aria-label', 'Photos on the map');
    this.#area.className = 'map-area';
    this.#container.id = 'map';
    this.#container.className = 'map-world';
    this.#notice.className = 'map-notice';
    this.#filters.params = this.state.params;
    this.#filters.apply = this.state.apply;
    this.#stops.push(followOverlay(this.#filters, {
      isOpen: () => this.state.filtersOpen.value, close: () => { this.state.filtersOpen.value = false; }, opener: () => /** @type {HTMLElement | null} */ (this.#host.querySelector('[data-opens=filters]')),
    }));
    left.append(this.#filters);
    this.#area.append(this.#container, this.#notice);
    main.append(this.#part('pa-map-head'), this.#part('pa-map-chips'), this.#area, this.#list, this.#part('pa-map-strip'), this.#part('pa-map-timeline'));
    this.#host.className = 'page-host library map-page';
    this.#host.append(left, main);
    this.#host.addEventListener('click', (event) => { if (event.target === this.#host) this.state.filtersOpen.value = false; });
    if (!canDrawMaps()) {
      this.#list.reason.value = 'This browser cannot draw the map (it needs WebGL). These are the places instead.';
      this.state.mode.value = 'list';
    }
  }

  #follow() {
    const { state } = this;
    this.#stops.push(
      effect(() => { this.#host.toggleAttribute('data-left', state.filtersOpen.value); }),
      effect(() => { this.#area.toggleAttribute('data-loading', state.loading.value); }),
      effect(() => {
        const map = state.mode.value === 'map';
        this.#area.hidden = !map;
        if (map && state.points.value) untracked(() => void this.#draw());
      }),
      effect(() => { render(this.#words(), this.#notice); }),
      registerMapKeys({
        box: () => this.#view?.toggleBox(), all: () => this.#view?.fitAll(), zoom: (by) => this.#view?.zoomBy(by),
        filters: () => { state.filtersOpen.value = !state.filtersOpen.peek(); },
        list: () => { state.mode.value = state.mode.peek() === 'map' ? 'list' : 'map'; },
        back: () => this.#back(),
      }),
    );
  }

  #draw() {
    if (!canDrawMaps()) return null;
    this.#coming ??= MapView.create(this.#container, this.state, (id, box) => this.#open(id, box)).then((view) => {
      if (this.#closed) view.close();
      else this.#view = view;
    }, () => {
      this.#list.reason.value = 'The map could not be drawn. These are the places instead.';
      this.state.mode.value = 'list';
    });
    return this.#coming;
  }

  /** @param {number} id @param {[number, number, number, number]} box the photos beside it are those of this window */
  #open(id, box) {
    const key = viewKey(this.state.paramsWithin(box));
    navigate(`/library/photo/${id}${key ? `?${key}` : ''}`);
  }

  /** Escape: first the box, then a chosen spot, then an open filter sheet. */
  #back() {
    const { state } = this;
    if (this.#view?.endBox()) return true;
    if (state.chosen.peek()) state.chosen.value = null;
    else if (innerWidth < 1200 && state.filtersOpen.peek()) state.filtersOpen.value = false;
    else return false;
    return true;
  }

  /** What stands over the map when there are no photos on it. */
  #words() {
    const { state } = this, failure = state.failure.value, meta = state.points.value?.meta, params = state.params.value;
    if (failure) {
      return html`<div class="map-card" role="alert">${icon('triangle-alert')}<p class="map-card-title">${failure}</p>
        <button type="button" class="btn btn-primary" @click=${() => void state.refresh()}>Try again</button></div>`;
    }
    if (!meta || meta.located) return nothing;
    if (meta.total === 0 && chipsOf(params).length === 0) {
      return html`<div class="map-card">${icon('map')}<p class="map-card-title">Your photos will be on this map</p>
        <p>The map comes with photoArchive. Where you were stays on this machine.</p><a class="btn btn-primary" href="/catalog">Add a folder of photos</a></div>`;
    }
    if (meta.total === 0) {
      const words = params.get('q'), onlyWords = words && filtersOf(params).length === 0;
      return html`<div class="map-card">${icon('search')}<p class="map-card-title">${onlyWords ? `Nothing was found for “${words}”` : 'No photo fits all of these filters'}</p>
        <div class="map-card-actions">${params.has('bbox') ? html`<button type="button" class="btn" @click=${() => state.apply(withValues(params, 'bbox', []))}>Without the area</button>` : nothing}
        <button type="button" class="btn btn-primary" @click=${() => state.apply(withoutFilters(params))}>${onlyWords ? 'Clear the search' : 'Clear all filters'}</button></div></div>`;
    }
    return html`<div class="map-card">${icon('map-pin-off')}<p class="map-card-title">None of these photos has a location</p>
      <p>Cameras with GPS and phones write it into photos. You can set it by hand in the Library.</p>
      <a class="btn btn-primary" href=${`/library?${viewKey(params)}`}>Show them in the Library</a></div>`;
  }

  /** @param {string} name @returns {Part} */
  #part(name) {
    const element = /** @type {Part} */ (document.createElement(name));
    element.state = this.state;
    return element;
  }
}

/** Whether the map stood somewhere for the photos of an address. @param {Route} to */
function hasPlaceFor(to) {
  return hasPlace(/** @type {any} */ ({ key: viewKey(to.query) }));
}

export default {
  title: 'Map',
  /** @param {HTMLElement} host @param {Route} to */
  async mount(host, to) {
    const page = new MapPage(host);
    const stop = effect(() => {
      const now = route.value;
      if (now.page === 'map' && now !== to) untracked(() => void page.show(now));
    });
    await page.show(to);
    return () => {
      stop();
      page.close();
    };
  },
};
