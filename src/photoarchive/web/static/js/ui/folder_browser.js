/** The folder browser: walks the folders of this machine in a dialog, by mouse or keyboard. */
import { html, nothing } from 'lit-html';
import { isAbort, sentenceOf } from 'pa/core/http.js';
import { openDialog } from 'pa/ui/dialog.js';
import { folderName, listFolder } from 'pa/ui/folders.js';
import { icon } from 'pa/ui/icons.js';

/** @typedef {import('pa/ui/folders.js').Listing} Listing */
/** @typedef {import('pa/ui/dialog.js').DialogControl} DialogControl */

const ROOT_ICONS = [[/^home$/i, 'house'], [/pictures|photos/i, 'images']];

/**
 * Let the user pick a folder.
 * @param {{title: string, start: string, confirm: string, within?: string}} options within: do not leave this folder
 * @returns {Promise<string | undefined>}
 */
export function browseFolders({ title, start, confirm, within }) {
  const browser = new Browser(start, within);
  return openDialog({
    title,
    size: 'medium',
    body: (/** @type {DialogControl} */ control) => browser.template(control),
    actions: () => [{ label: 'Cancel', value: undefined }, { label: confirm, value: browser.chosen, kind: 'primary', disabled: !browser.chosen }],
    opened: (control) => {
      void browser.go(start, control);
      return () => browser.stop();
    },
  });
}

class Browser {
  /** @type {Listing | null} */
  #listing = null;
  #error = '';
  #request = new AbortController();

  /** @param {string} start @param {string | undefined} within */
  constructor(start, within) {
    this.start = start;
    this.within = within;
  }

  /** The folder that is open, "" when it cannot be chosen. */
  get chosen() {
    const listing = this.#listing;
    if (!listing || !listing.exists || !listing.is_dir || !listing.readable) return '';
    return this.within && !isInside(listing.path, this.within) ? '' : listing.path;
  }

  stop() {
    this.#request.abort();
  }

  /** @param {string} path @param {DialogControl} control */
  async go(path, control) {
    this.#request.abort();
    this.#request = new AbortController();
    try {
      const listing = await listFolder(path, this.#request.signal);
      this.#error = listing.error ?? '';
      if ((listing.is_dir && listing.readable) || !this.#listing) this.#listing = listing;
    } catch (error) {
      if (isAbort(error)) return;
      this.#error = sentenceOf(error);
    }
    control.redraw();
    focusList();
  }

  /** @param {DialogControl} control */
  template(control) {
    const listing = this.#listing;
    if (!listing) return html`<p class="muted" role="status">${this.#error || 'Reading folders…'}</p>`;
    return html`<div class="browse">
      ${this.within ? nothing : html`<nav class="browse-roots" aria-label="Places">${listing.roots.map((root) => html`
        <button type="button" class="browse-root" aria-current=${root.path === listing.path ? 'true' : nothing}
          @click=${() => this.go(root.path, control)}>${icon(rootIcon(root.name))}<span>${root.name}</span></button>`)}</nav>`}
      <div class="browse-main">
        ${this.#path(listing, control)}
        <p class="visually-hidden" role="status">${listing.path}</p>
        ${this.#error ? html`<p class="field-error" role="alert">${icon('triangle-alert')}${this.#error}</p>` : nothing}
        ${this.#entries(listing, control)}
      </div></div>`;
  }

  /** @param {Listing} listing @param {DialogControl} control */
  #path(listing, control) {
    const canRise = listing.parent !== null && listing.parent !== listing.path && (!this.within || isInside(listing.parent, this.within));
    return html`<div class="browse-path">
      <button type="button" class="btn-icon" aria-label="Up one folder" ?disabled=${!canRise} @click=${() => this.go(listing.parent ?? '', control)}>${icon('arrow-up')}</button>
      <span class="break">${listing.path}</span></div>`;
  }

  /** @param {Listing} listing @param {DialogControl} control */
  #entries(listing, control) {
    const visible = listing.entries.filter((entry) => !entry.name.startsWith('.'));
    if (visible.length === 0) return html`<p class="browse-empty muted">No folders in here. You can choose ${folderName(listing.path)} itself.</p>`;
    return html`<ul role="list" class="browse-list" aria-label="Folders" @keydown=${(/** @type {KeyboardEvent} */ event) => this.#pressed(event, control)}>
      ${visible.map((entry, index) => html`<li><button type="button" class="browse-entry" tabindex=${index ? -1 : 0}
        aria-disabled=${String(!entry.readable)} title=${entry.readable ? nothing : 'You may not read this folder'}
        @click=${() => { if (entry.readable) void this.go(entry.path, control); }}>
        ${icon(entry.readable ? 'folder' : 'lock')}<span class="break">${entry.name}</span>
        ${entry.readable ? nothing : html`<span class="faint">cannot be read</span>`}</button></li>`)}</ul>`;
  }

  /** Arrows move, Right opens, Left and Backspace go up, letters jump. @param {KeyboardEvent} event @param {DialogControl} control */
  #pressed(event, control) {
    const list = /** @type {HTMLElement} */ (event.currentTarget);
    const buttons = [...list.querySelectorAll('button')];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1, PageDown: Math.min(at + 10, buttons.length - 1), PageUp: Math.max(at - 10, 0) };
    const parent = this.#listing?.parent;
    if (event.key in moves) {
      focusOnly(buttons, moves[event.key] ?? at);
    } else if (event.key === 'ArrowRight') {
      buttons[at]?.click();
    } else if ((event.key === 'ArrowLeft' || event.key === 'Backspace') && parent && (!this.within || isInside(parent, this.within))) {
      void this.go(parent, control);
    } else if (event.key.length === 1 && /\S/.test(event.key) && !event.ctrlKey && !event.metaKey) {
      const after = [...buttons.slice(at + 1), ...buttons.slice(0, at + 1)];
      const found = after.find((button) => button.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()));
      if (found) focusOnly(buttons, buttons.indexOf(found));
    } else {
      return;
    }
    event.preventDefault();
  }
}

/** @param {HTMLButtonElement[]} buttons @param {number} index */
function focusOnly(buttons, index) {
  const target = buttons[index];
  if (!target) return;
  for (const button of buttons) button.tabIndex = -1;
  target.tabIndex = 0;
  target.focus();
}

/** After a step the first folder has the focus, so that arrows go on. */
function focusList() {
  const first = document.querySelector('dialog[open] .browse-entry') ?? document.querySelector('dialog[open] .dialog-foot .btn-primary');
  if (first instanceof HTMLElement) first.focus();
}

/** @param {string} path @param {string} folder */
function isInside(path, folder) {
  const base = folder.replace(/\/$/, '');
  return path === base || path.startsWith(`${base}/`);
}

/** @param {string} name */
function rootIcon(name) {
  return String(ROOT_ICONS.find(([pattern]) => /** @type {RegExp} */ (pattern).test(name))?.[1] ?? 'hard-drive');
}
