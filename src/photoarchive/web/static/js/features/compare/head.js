/** The row above the photos: the ways to compare, which photos, how boards are put together. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { icon } from 'pa/ui/icons.js';
import { openMenu } from 'pa/ui/menu.js';
import { TABS, compareAddress, libraryAddress, scopeLabel } from './scope.js';
import { FEWEST, MOST, STRATEGIES, strategyOf } from './strategies.js';

/** @type {Record<import('./scope.js').Tab, string>} */
const TASKS = {
  mosaic: 'Choose the best photo', ab: 'Choose the better photo', top: 'Settle the order of the best', results: 'The ranking so far',
};

export class PaCompareHead extends PaElement {
  /** @type {import('./state.js').CompareState} */
  state = /** @type {any} */ (null);
  /** Called after a menu, so that the keys work on the board again. */
  back = () => {};

  template() {
    const { state } = this, tab = state.tab.value, scope = state.scope.value;
    return html`<h1 class="visually-hidden">Compare</h1>
      <nav class="compare-tabs" aria-label="Ways to compare">${TABS.map(({ value, label }) => html`<a class="compare-tab" href=${compareAddress(value, scope)}
        aria-current=${value === tab ? 'page' : nothing}>${label}</a>`)}</nav>
      <span class="compare-task">${TASKS[tab]}${tab === 'top' ? html` ${state.progress.value?.top ?? 50}` : nothing}</span>
      <span class="compare-scope chip" title=${scopeLabel(scope)}>${icon('funnel')}<span>${scopeLabel(scope)}</span>
        <a href=${libraryAddress(scope)} title="Choose other photos with the filters of the Library">Change<span class="visually-hidden"> which photos are compared</span></a>
        ${scope ? html`<a class="chip-remove" href=${compareAddress(tab, '')} aria-label="Compare all photos">${icon('x')}</a>` : nothing}</span>
      ${tab === 'mosaic' ? this.#mosaicControls() : nothing}`;
  }

  #mosaicControls() {
    const { state } = this, chosen = strategyOf(state.strategy.value);
    return html`<button type="button" class="btn compare-strategy" aria-haspopup="menu" title=${chosen.meaning} @click=${this.#openStrategies}>
        <span class="compare-word">Boards:</span>${chosen.label}${icon('chevron-down')}</button>
      <button type="button" class="btn compare-size" aria-haspopup="menu" title="Photos at once" @click=${this.#openSizes}>
        <span>${state.size.value} <span class="compare-word">photos</span></span>${icon('chevron-down')}</button>`;
  }

  /** @param {Event} event */
  #openStrategies = (event) => {
    const { state } = this;
    openMenu(/** @type {HTMLElement} */ (event.currentTarget), STRATEGIES.map(({ value, label, meaning }) => ({
      label, hint: meaning, checked: value === state.strategy.peek(), run: () => { state.setStrategy(value); this.back(); },
    })), { label: 'How boards are put together' });
    document.querySelector('.menu')?.classList.add('menu-explained');
  };

  /** @param {Event} event */
  #openSizes = (event) => {
    const { state } = this, sizes = Array.from({ length: MOST - FEWEST + 1 }, (_, n) => FEWEST + n);
    openMenu(/** @type {HTMLElement} */ (event.currentTarget), sizes.map((size) => ({
      label: `${size} photos`, checked: size === state.size.peek(), run: () => { state.setSize(size); this.back(); },
    })), { label: 'Photos at once' });
  };
}

define('pa-compare-head', PaCompareHead);
