/** The base of every custom element `pa-*`: light DOM, a lit-html template, redrawn when a signal it read changes. */
import { render } from 'lit-html';
import { effect, signal, untracked } from 'pa/core/signals.js';

export class PaElement extends HTMLElement {
  /** @type {(() => void) | null} */
  #stop = null;
  #version = signal(0);
  /** @type {(() => void)[]} */
  #cleanups = [];

  connectedCallback() {
    // A parent may be rendering us inside its own effect: what we read here is none of its business.
    untracked(() => this.connected());
    this.#stop = effect(() => {
      this.#version.value;
      render(this.template(), this);
    });
  }

  disconnectedCallback() {
    this.#stop?.();
    this.#stop = null;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.disconnected();
  }

  /** Draw again although no signal changed (a plain property did). */
  redraw() {
    this.#version.value = untracked(() => this.#version.value) + 1;
  }

  /** Run `cleanup` when the element leaves the page: for `onServer`, `registerKeys`, `effect`. @param {() => void} cleanup */
  whenGone(cleanup) {
    this.#cleanups.push(cleanup);
  }

  /** What the element shows. Reads signals; changes nothing. @returns {unknown} */
  template() {
    return null;
  }

  /** Called when the element enters the page, before it is drawn. */
  connected() {}

  /** Called when the element has left the page. */
  disconnected() {}
}

/** Register an element once; a second import of the module is harmless. @param {string} name @param {CustomElementConstructor} type */
export function define(name, type) {
  if (!customElements.get(name)) customElements.define(name, type);
}
