/** What other parts lay over the photo of a stage, drawn inside its frame. */
import { html, render } from 'lit-html';
import { effect, signal } from 'pa/core/signals.js';
import { stageLayers } from 'pa/grid/stage-layers.js';

export class StageOver {
  #element = document.createElement('div');
  #photo = signal(0);
  #frame;
  /** @type {(() => void) | null} */
  #stop = null;

  /** @param {HTMLElement} frame */
  constructor(frame) {
    this.#frame = frame;
    this.#element.className = 'stage-over';
  }

  attach() {
    this.#frame.append(this.#element);
    this.#stop = effect(() => {
      const id = this.#photo.value;
      render(id ? html`${stageLayers.value.map((layer) => layer.template(id))}` : '', this.#element);
    });
  }

  /** @param {number} id 0: nothing */
  show(id) {
    this.#photo.value = id;
  }

  close() {
    this.#stop?.();
  }
}
