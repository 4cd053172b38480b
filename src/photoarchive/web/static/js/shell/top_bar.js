/** The top bar: name, pages, search (an element main.js brings), help. On narrow screens the pages become tabs at the bottom. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { openKeyHelp, withKey } from 'pa/core/keys.js';
import { route } from 'pa/core/router.js';
import { existingPages, PAGES } from 'pa/shell/pages.js';
import { icon } from 'pa/ui/icons.js';

/** Pages that show photos of the same filters: going from one to another keeps them. */
const VIEW_PAGES = new Set(['library', 'compare', 'map']);
const OF_ONE_PAGE = ['sort', 'seed', 'survey', 'strictness', 'tab', 'ids', 'token'];
const HOME_OF = { loupe: 'library', duplicates: 'library', start: 'library' };

class PaTopBar extends PaElement {
  #pages = PAGES.filter((page) => page.nav && existingPages().has(page.name));

  template() {
    const { page, query } = route.value;
    const shown = HOME_OF[/** @type {keyof typeof HOME_OF} */ (page)] ?? page;
    return html`
      <a class="brand" href="/">photoArchive</a>
      <nav class="nav" aria-label="Pages">${this.#pages.map((entry) => html`
        <a href=${addressOf(entry, page, query)} title=${withKey(entry.label, entry.key ? `g ${entry.key}` : '')}
          aria-current=${entry.name === shown ? 'page' : nothing}>${icon(entry.icon)}<span>${entry.label}</span></a>`)}</nav>
      <pa-search-box></pa-search-box>
      <button type="button" class="top-help" aria-label="Keyboard shortcuts" aria-keyshortcuts="?" @click=${openKeyHelp}>
        <kbd aria-hidden="true">?</kbd><span class="top-help-text">shortcuts</span></button>`;
  }
}

/** @param {import('pa/shell/pages.js').PageInfo} entry @param {string} page that is open @param {URLSearchParams} query */
function addressOf({ name, path }, page, query) {
  if (name === page || !VIEW_PAGES.has(name) || !VIEW_PAGES.has(page)) return path;
  const kept = new URLSearchParams(query);
  for (const own of OF_ONE_PAGE) kept.delete(own);
  return kept.size ? `${path}?${kept}` : path;
}

define('pa-top-bar', PaTopBar);
