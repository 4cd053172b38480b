/** The filter panel where it lies over the photos: the focus goes into it, Escape closes it, and the focus comes back. */
import { effect, untracked } from 'pa/core/signals.js';

const WIDE = '(min-width: 1200px)';

/**
 * @param {import('./panel.js').PaFilterPanel} panel
 * @param {{isOpen: () => boolean, close: () => void, opener: () => HTMLElement | null}} parts isOpen reads signals; opener: the button that opens it
 * @returns {() => void} stops it
 */
export function followOverlay(panel, { isOpen, close, opener }) {
  let was = untracked(isOpen);
  const closer = () => /** @type {HTMLElement | null} */ (panel.querySelector('.filters-close'));
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || matchMedia(WIDE).matches) return;
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
    if (open && !matchMedia(WIDE).matches) setTimeout(() => closer()?.focus({ preventScroll: true })); // once it is shown
    else if (!open && (panel.contains(at) || at?.contains(panel))) opener()?.focus({ preventScroll: true }); // not from somewhere else: there somebody is already
  });
  return () => {
    stop();
    panel.removeEventListener('keydown', pressed);
  };
}
