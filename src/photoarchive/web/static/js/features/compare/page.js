/** The compare page: head, photos, foot. Puts the parts together and says what keys and buttons mean. */
import { effect, untracked } from 'pa/core/signals.js';
import { route } from 'pa/core/router.js';
import './foot.js';
import './head.js';
import { registerCompareKeys } from './keys.js';
import './mosaic.js';
import './notices.js';
import './pair.js';
import { forgetPictures } from './pictures.js';
import './results.js';
import { scopeOf, tabOf } from './scope.js';
import { CompareState } from './state.js';

/** @typedef {import('pa/core/router.js').Route} Route */
/** @typedef {HTMLElement & {state: CompareState}} Part */

/** @type {Record<import('./scope.js').Tab, 'pa-mosaic' | 'pa-pair' | 'pa-compare-results'>} */
const ELEMENTS = { mosaic: 'pa-mosaic', ab: 'pa-pair', top: 'pa-pair', results: 'pa-compare-results' };

class ComparePage {
  state = new CompareState();
  #area = document.createElement('section');
  #notice = this.#part('pa-compare-notice');
  #stage = /** @type {Part | null} */ (null);
  /** @type {(() => void)[]} */
  #stops = [];

  /** @param {HTMLElement} host */
  constructor(host) {
    const head = /** @type {import('./head.js').PaCompareHead} */ (this.#part('pa-compare-head'));
    const foot = /** @type {import('./foot.js').PaCompareFoot} */ (this.#part('pa-compare-foot'));
    head.back = foot.back = () => this.#focusBoard();
    foot.zoom = () => this.#zoom(!this.state.zoomed.peek());
    host.className = 'page-host compare';
    this.#area.className = 'compare-area';
    this.#area.setAttribute('aria-label', 'Photos to compare');
    this.#area.append(this.#notice);
    host.append(head, this.#area, foot);
    const leave = () => this.#zoom(false);
    window.addEventListener('blur', leave);
    this.#stops.push(this.#registerKeys(), effect(() => { this.state.tab.value; untracked(() => this.#setStage()); }), () => window.removeEventListener('blur', leave));
  }

  /** @param {Route} to */
  show(to) {
    return this.state.show(tabOf(to.query), scopeOf(to.query));
  }

  close() {
    for (const stop of this.#stops) stop();
    this.state.close();
    forgetPictures();
  }

  #setStage() {
    const name = ELEMENTS[this.state.tab.peek()];
    if (this.#stage?.localName === name) return;
    const inside = this.#stage !== null;
    this.#stage?.remove();
    this.#stage = this.#part(name);
    this.#area.append(this.#stage);
    if (inside) this.#focusBoard();
  }

  #focusBoard() {
    this.#stage?.focus({ preventScroll: true });
  }

  /** @param {boolean} on */
  #zoom(on) {
    if (on && this.#stage?.localName === 'pa-mosaic') /** @type {import('./mosaic.js').PaMosaic} */ (this.#stage).aim();
    this.state.zoomed.value = on && this.state.board.peek() !== null;
  }

  #registerKeys() {
    const { state } = this, mosaic = () => /** @type {import('./mosaic.js').PaMosaic} */ (this.#stage);
    const choose = (/** @type {number} */ index, /** @type {boolean} */ more) => {
      const card = state.board.peek()?.images[index];
      if (card) state.choose(card.id, { more });
    };
    return registerCompareKeys({
      showing: () => (state.phase.peek() !== 'ready' || !state.board.peek() ? '' : state.mode === 'mosaic' ? 'mosaic' : 'pair'),
      choose, move: (move) => mosaic().move(move),
      chooseFocused: (more) => { if (more || !state.confirm()) choose(state.focus.peek(), more); },
      skip: () => state.skip(), undo: () => void state.undo(), redo: () => void state.redo(), shuffle: () => void state.shuffle(),
      zoom: (on) => this.#zoom(on),
      back: () => {
        if (!state.zoomed.peek()) return state.clearRanked();
        this.#zoom(false);
        return true;
      },
    });
  }

  /** @param {string} name @returns {Part} */
  #part(name) {
    const element = /** @type {Part} */ (document.createElement(name));
    element.state = this.state;
    return element;
  }
}

export default {
  title: 'Compare',
  /** @param {HTMLElement} host @param {Route} to */
  async mount(host, to) {
    const page = new ComparePage(host);
    const stop = effect(() => {
      const now = route.value;
      if (now.page === 'compare' && now !== to) untracked(() => void page.show(now));
    });
    await page.show(to);
    return () => {
      stop();
      page.close();
    };
  },
};
