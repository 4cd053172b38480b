/** A menu that opens at its button: arrow keys, first letters, Escape, focus back to the button. */
import { html, nothing, render } from 'lit-html';
import { icon } from 'pa/ui/icons.js';

/** @typedef {{label: string, run: () => unknown, icon?: string, checked?: boolean, disabled?: boolean, danger?: boolean, hint?: string}} MenuItem */

const EDGE = 8;

/** @param {HTMLElement} anchor @param {(MenuItem | 'line')[]} items @param {{label?: string}} [options] */
export function openMenu(anchor, items, { label = '' } = {}) {
  const menu = document.createElement('div');
  menu.className = 'menu';
  menu.popover = 'auto';
  menu.setAttribute('role', 'menu');
  menu.setAttribute('aria-label', label || anchor.getAttribute('aria-label') || anchor.textContent?.trim() || 'Menu');
  const close = () => menu.hidePopover();
  render(items.map((item) => (item === 'line' ? html`<hr role="separator">` : itemTemplate(item, close, anchor))), menu);
  document.body.append(menu);
  anchor.setAttribute('aria-expanded', 'true');
  menu.addEventListener('keydown', (event) => moveFocus(menu, event));
  menu.addEventListener('toggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== 'closed') return;
    anchor.setAttribute('aria-expanded', 'false');
    if (menu.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
    menu.remove();
  });
  menu.showPopover();
  place(menu, anchor);
  choices(menu)[0]?.focus();
}

/** @param {MenuItem} item @param {() => void} close @param {HTMLElement} anchor */
function itemTemplate(item, close, anchor) {
  const run = () => {
    anchor.focus();
    close();
    item.run();
  };
  const checkable = item.checked !== undefined;
  return html`<button type="button" class="menu-item ${item.danger ? 'is-danger' : ''}" tabindex="-1" ?disabled=${item.disabled ?? false}
    role=${checkable ? 'menuitemradio' : 'menuitem'} aria-checked=${checkable ? String(item.checked) : nothing} @click=${run}>
    <span class="menu-mark">${item.checked ? icon('check') : item.icon ? icon(item.icon) : nothing}</span>
    <span class="menu-label">${item.label}</span>${item.hint ? html`<span class="menu-hint">${item.hint}</span>` : nothing}</button>`;
}

/** @param {HTMLElement} menu @returns {HTMLElement[]} */
function choices(menu) {
  return [...menu.querySelectorAll('button:not([disabled])')].filter((item) => item instanceof HTMLElement);
}

/** @param {HTMLElement} menu @param {KeyboardEvent} event */
function moveFocus(menu, event) {
  const list = choices(menu);
  const at = list.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  /** @type {Record<string, number>} */
  const targets = { ArrowDown: (at + 1) % list.length, ArrowUp: (at + list.length - 1) % list.length, Home: 0, End: list.length - 1 };
  let next = targets[event.key];
  if (event.key === 'Tab') menu.hidePopover();
  else if (event.key === 'Escape') {
    event.preventDefault(); // the page behind must not hear it: it would drop the selection
    event.stopPropagation();
    menu.hidePopover();
    return;
  }
  else if (event.key.length === 1 && /\S/.test(event.key)) {
    next = list.findIndex((item) => item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase()));
  }
  if (next === undefined || next < 0) return;
  event.preventDefault();
  event.stopPropagation();
  list[next]?.focus();
}

/** Below the anchor, or above it where there is no room. @param {HTMLElement} menu @param {HTMLElement} anchor */
function place(menu, anchor) {
  const box = anchor.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const below = box.bottom + 4 + size.height <= innerHeight - EDGE;
  const left = Math.min(Math.max(EDGE, box.left), innerWidth - size.width - EDGE);
  menu.style.left = `${Math.max(EDGE, left)}px`;
  menu.style.top = `${Math.max(EDGE, below ? box.bottom + 4 : box.top - size.height - 4)}px`;
}
