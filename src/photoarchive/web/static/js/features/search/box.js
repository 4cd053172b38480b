/** The search box of the top bar: a combobox that completes the search language, with saved and recent searches. */
import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { define, PaElement } from 'pa/core/element.js';
import { isAbort } from 'pa/core/http.js';
import { navigate, route } from 'pa/core/router.js';
import { batch, signal } from 'pa/core/signals.js';
import { viewKey } from 'pa/grid/query.js';
import { askAgain } from 'pa/grid/view.js';
import { icon } from 'pa/ui/icons.js';
import { openSearchHelp } from './help.js';
import { complete, recordSearch, searchAddress } from './state.js';

/** @typedef {import('./state.js').Completion} Completion */

const WAIT_MS = 100;
const ICONS = { part: 'funnel', value: 'tag', recent: 'history', saved: 'bookmark' };
const LIST = 'search-options';

class PaSearchBox extends PaElement {
  #options = signal(/** @type {Completion[]} */ ([]));
  #active = signal(-1);
  #request = new AbortController();
  /** The text that the completions are of. */
  #completed = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {HTMLElement | null} */
  #cameFrom = null;

  template() {
    const { query } = route.value, options = this.#options.value, active = this.#active.value, open = options.length > 0;
    return html`<form class="search" role="search" @submit=${this.#submit} @focusout=${this.#left}>
      ${icon('search')}
      <input id="search" class="search-input" type="search" name="q" placeholder="Describe a photo" autocomplete="off" autocapitalize="off" spellcheck="false"
        role="combobox" aria-label="Search photos" aria-keyshortcuts="/" aria-autocomplete="list" aria-expanded=${String(open)}
        aria-controls=${open ? LIST : nothing} aria-activedescendant=${active >= 0 ? `${LIST}-${active}` : nothing}
        .value=${live(this.#typed ?? query.get('q') ?? '')} @focus=${this.#entered} @input=${this.#changed} @keydown=${this.#pressed}>
      <kbd class="search-hint" aria-hidden="true">/</kbd>
      <button type="button" class="btn-icon search-clear" aria-label="Clear search" @click=${this.#clear}>${icon('x')}</button>
      <button type="button" class="btn-icon search-help" aria-label="How to search" title="How to search" @click=${this.#help}>${icon('sliders-horizontal')}</button>
      ${open ? html`<ul class="search-options" id=${LIST} role="listbox" aria-label="Completions">${options.map((option, index) => html`
        <li id=${`${LIST}-${index}`} role="option" aria-selected=${String(index === active)}
          @pointerdown=${(/** @type {Event} */ event) => { event.preventDefault(); this.#pick(option); }}>
          ${icon(ICONS[option.kind])}<span class="search-option">${option.label}</span><span class="search-option-hint">${option.hint}</span></li>`)}</ul>` : nothing}
    </form>`;
  }

  /** What stands in the box while it is being changed; null: the search of the address. @type {string | null} */
  #typed = null;

  connected() {
    let shown = route.peek().query.get('q');
    this.whenGone(route.subscribe(({ query }) => {
      if (query.get('q') === shown) return;
      shown = query.get('q');
      this.#typed = null;
    }));
  }

  disconnected() {
    this.#stop();
  }

  get #field() {
    return /** @type {HTMLInputElement} */ (this.querySelector('#search'));
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#request.abort();
  }

  #close() {
    this.#stop();
    batch(() => {
      this.#options.value = [];
      this.#active.value = -1;
    });
  }

  /** @param {FocusEvent} event */
  #entered = (event) => {
    this.#cameFrom = event.relatedTarget instanceof HTMLElement && !this.contains(event.relatedTarget) ? event.relatedTarget : this.#cameFrom;
    void this.#ask();
  };

  /** @param {FocusEvent} event */
  #left = (event) => {
    if (!(event.relatedTarget instanceof Node && this.contains(event.relatedTarget))) this.#close();
  };

  #changed = () => {
    this.#typed = this.#field.value;
    this.#active.value = -1;
    this.#stop();
    this.#timer = setTimeout(() => void this.#ask(), WAIT_MS);
  };

  async #ask() {
    this.#request.abort();
    const request = this.#request = new AbortController(), { value, selectionStart } = this.#field;
    try {
      const options = await complete(value, selectionStart ?? value.length, request.signal);
      if (request.signal.aborted || document.activeElement !== this.#field) return;
      const chosen = this.#options.peek()[this.#active.peek()]?.text;
      batch(() => {
        this.#completed = value;
        this.#options.value = options;
        this.#active.value = options.findIndex(({ text }) => text === chosen);
      });
    } catch (error) {
      if (!isAbort(error)) this.#options.value = [];
    }
  }

  /** An earlier search is made again; a part or value takes its place in the text. @param {Completion} option */
  #pick(option) {
    const field = this.#field;
    if (option.kind === 'recent' || option.kind === 'saved') {
      this.#typed = option.text;
      this.#search(option.text);
      return;
    }
    // Typed on since the completions came: what was typed belongs to the part that is completed.
    const end = field.value === this.#completed ? option.end : Math.max(option.start, field.selectionStart ?? field.value.length);
    const text = field.value.slice(0, option.start) + option.text + field.value.slice(end).replace(/^ /, '');
    clearTimeout(this.#timer);
    this.#typed = field.value = text;
    field.setSelectionRange(option.start + option.text.length, option.start + option.text.length);
    field.focus();
    void this.#ask();
  }

  /** @param {SubmitEvent} event */
  #submit = (event) => {
    event.preventDefault();
    this.#search(this.#field.value.trim());
  };

  /** @param {string} text */
  #search(text) {
    this.#close();
    if (text) void recordSearch(text);
    const address = searchAddress(text), target = new URL(address, location.href);
    askAgain(viewKey(target.searchParams));
    navigate(address, { replace: target.href === location.href });
  }

  #clear = () => {
    this.#typed = this.#field.value = '';
    if (route.value.query.has('q')) navigate(searchAddress(''));
    this.#field.focus();
  };

  /** @param {Event} event */
  #help = (event) => {
    this.#close();
    void openSearchHelp(/** @type {HTMLElement} */ (event.currentTarget), (example) => {
      const field = this.#field, text = `${field.value.trim()} ${example}`.trim();
      this.#typed = field.value = text;
      field.focus();
    });
  };

  /** @param {KeyboardEvent} event */
  #pressed = (event) => {
    const options = this.#options.value, active = this.#active.value;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      if (!options.length) {
        if (event.key === 'ArrowDown') void this.#ask();
        return;
      }
      const step = event.key === 'ArrowDown' ? 1 : -1, places = options.length + 1;
      this.#active.value = ((active + 1 + step + places) % places) - 1;
      event.preventDefault();
    } else if (event.key === 'Enter' && active >= 0) {
      event.preventDefault();
      this.#pick(options[active]);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (options.length) this.#close();
      else this.#leave();
    }
  };

  /** Back to where the user was; what was typed and not searched for is dropped. */
  #leave() {
    this.#typed = null;
    this.#field.value = route.value.query.get('q') ?? '';
    if (this.#cameFrom?.isConnected) this.#cameFrom.focus();
    else this.#field.blur();
  }
}

define('pa-search-box', PaSearchBox);
