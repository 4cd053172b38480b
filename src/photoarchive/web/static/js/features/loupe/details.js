/** The details at the side of the loupe: beside the photo as the user left them; over it where there is no room. */
import { effect, signal } from 'pa/core/signals.js';
import { followOverlay } from 'pa/ui/overlay.js';
import { isInfoShown, keepInfoShown } from './info-shown.js';

const BESIDE = '(min-width: 1000px)';

export class DetailsSide {
  element = document.createElement('aside');
  shown = signal(isInfoShown());
  #toggled;
  #stops;

  /** @param {import('pa/grid/info-panel.js').PaInfoPanel} panel @param {HTMLElement} root says in `data-info` whether they are shown @param {() => void} toggled the user showed or closed them */
  constructor(panel, root, toggled) {
    this.#toggled = toggled;
    this.element.className = 'loupe-side';
    this.element.setAttribute('aria-label', 'Details');
    this.element.append(panel);
    this.#stops = [
      followOverlay(panel, { isOpen: () => this.shown.value, close: () => this.toggle(), opener: () => /** @type {HTMLElement | null} */ (root.querySelector('[data-opens=details]')), beside: BESIDE }),
      effect(() => { root.toggleAttribute('data-info', this.shown.value); }),
    ];
  }

  /** @param {boolean} [on] */
  toggle(on = !this.shown.peek()) {
    this.shown.value = on;
    if (matchMedia(BESIDE).matches) keepInfoShown(on);
    this.#toggled();
  }

  /** Close them where they lie over the photo; whether they did. */
  leave() {
    if (!this.shown.peek() || matchMedia(BESIDE).matches) return false;
    this.toggle(false);
    return true;
  }

  close() {
    for (const stop of this.#stops) stop();
  }
}
