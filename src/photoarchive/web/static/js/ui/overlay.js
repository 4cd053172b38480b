/** A panel that lies over the photos in narrow windows: the focus goes into it, Escape closes it, and the focus comes back. */
import { html } from 'lit-html';
import { withKey } from 'pa/core/keys.js';
import { effect, untracked } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';

/** Where the panels of a page stand beside its photos. */
const BESIDE = '(min-width: 1200px)';

/** @typedef {{focus: (options?: {preventScroll?: boolean, reveal?: boolean}) => void}} Focusable */

/**
 * @param {HTMLElement & {close: (() => void) | null}} panel draws `closeButton` while it has a `close`
 * @param {{isOpen: () => boolean, close: () => void, opener: (from: Element | null) => Focusable | null | undefined, beside?: string}} parts
 *   isOpen reads signals; opener: who gets the focus where what had it is gone; beside: in which windows the panel lies over nothing
 * @returns {() => void} stops it
 */
export function followOverlay(panel, { isOpen, close, opener, beside = BESIDE }) {
  let was = untracked(isOpen), from = /** @type {Element | null} */ (null);
  const isBeside = () => matchMedia(beside).matches;
  const closer = () => /** @type {HTMLElement | null} */ (panel.querySelector('.panel-close'));
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || isBeside()) return;
    event.preventDefault();
    close();
  };
  panel.close = close;
  panel.addEventListener('keydown', pressed);
  const stop = effect(() => {
    const open = isOpen();
    if (open === was) return;
    was = open;
    const { activeElement: at } = document;
    if (open) from = at;
    if (open && !isBeside()) setTimeout(() => closer()?.focus({ preventScroll: true })); // once it is shown
    else if (!open && (panel.contains(at) || at?.contains(panel))) untracked(() => backTo(from, opener)); // not from somewhere else: there somebody is already
  });
  return () => {
    stop();
    panel.removeEventListener('keydown', pressed);
  };
}

/** @param {Element | null} from @param {(from: Element | null) => Focusable | null | undefined} opener */
function backTo(from, opener) {
  const there = from instanceof HTMLElement && from !== document.body && from.checkVisibility() ? from : null;
  (there ?? opener(from))?.focus({ preventScroll: true });
}

/** The button in the head of such a panel. @param {string} label @param {() => void} close */
export function closeButton(label, close) {
  return html`<button type="button" class="btn-icon panel-close" aria-label=${label} title=${withKey(label, 'Escape')} @click=${close}>${icon('x')}</button>`;
}
