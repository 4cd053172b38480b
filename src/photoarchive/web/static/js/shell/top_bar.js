/** The top bar: name, pages, search, help. On narrow screens the pages become tabs at the bottom. */
import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { define, PaElement } from 'pa/core/element.js';
import { openKeyHelp, withKey } from 'pa/core/keys.js';
import { navigate, route } from 'pa/core/router.js';
import { existingPages, PAGES } from 'pa/shell/pages.js';
import { icon } from 'pa/ui/icons.js';

const HOME_OF = { loupe: 'library', start: 'library' };

class PaTopBar extends PaElement {
  #pages = PAGES.filter((page) => page.nav && existingPages().has(page.name));
  /** @type {HTMLElement | null} */
  #cameFrom = null;

  template() {
    const { page, query } = route.value;
    const shown = HOME_OF[/** @type {keyof typeof HOME_OF} */ (page)] ?? page;
    return html`
      <a class="brand" href="/">photoArchive</a>
      <nav class="nav" aria-label="Pages">${this.#pages.map((entry) => html`
        <a href=${entry.path} title=${withKey(entry.label, entry.key ? `g ${entry.key}` : '')}
          aria-current=${entry.name === shown ? 'page' : nothing}>${icon(entry.icon)}<span>${entry.label}</span></a>`)}</nav>
      <form class="search" role="search" @submit=${this.#search}>
        ${icon('search')}
        <input id="search" class="search-input" type="search" name="q" placeholder="Search" autocomplete="off" spellcheck="false"
          aria-label="Search photos" aria-keyshortcuts="/" .value=${live(query.get('q') ?? '')}
          @focus=${this.#remember} @keydown=${this.#leave}>
        <kbd class="search-hint" aria-hidden="true">/</kbd>
        <button type="button" class="btn-icon search-clear" aria-label="Clear search" @click=${this.#clear}>${icon('x')}</button>
      </form>
      <button type="button" class="top-help" aria-label="Keyboard shortcuts" aria-keyshortcuts="?" @click=${openKeyHelp}>
        <kbd aria-hidden="true">?</kbd><span class="top-help-text">shortcuts</span></button>`;
  }

  /** @param {SubmitEvent} event */
  #search = (event) => {
    event.preventDefault();
    show(this.#field().value.trim());
  };

  #clear = () => {
    this.#field().value = '';
    if (route.value.query.has('q')) show('');
    this.#field().focus();
  };

  /** @param {FocusEvent} event */
  #remember = (event) => {
    this.#cameFrom = event.relatedTarget instanceof HTMLElement ? event.relatedTarget : null;
  };

  /** Escape goes back to where the user was. @param {KeyboardEvent} event */
  #leave = (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    this.#field().value = route.value.query.get('q') ?? '';
    if (this.#cameFrom?.isConnected) this.#cameFrom.focus();
    else this.#field().blur();
  };

  #field() {
    return /** @type {HTMLInputElement} */ (this.querySelector('#search'));
  }
}

/** Search in the library, or on the map where the user is there; the other filters of that page stay. @param {string} text */
function show(text) {
  const page = route.value.page === 'map' ? 'map' : 'library', here = page === route.value.page ? new URLSearchParams(location.search) : new URLSearchParams();
  if (text) here.set('q', text);
  else here.delete('q');
  const query = here.toString();
  navigate(query ? `/${page}?${query}` : `/${page}`);
}

define('pa-top-bar', PaTopBar);
