/** The timeline under the map: years as a slider over their counts; plays through them. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { plural } from 'pa/core/format.js';
import { effect, signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { slider } from 'pa/ui/slider.js';
import { styles } from 'pa/ui/styles.js';
import { yearText } from './words.js';

/** @typedef {import('./state.js').MapState} MapState */

const STEP_MS = 1200;

export class PaMapTimeline extends PaElement {
  /** @type {MapState} */
  state = /** @type {any} */ (null);
  #playing = signal(false);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #next;

  connected() {
    this.whenGone(() => clearTimeout(this.#next));
    this.whenGone(effect(() => { if (this.state.mode.value === 'list') this.#stop(); }));
  }

  template() {
    const { state } = this, years = state.points.value?.meta.years ?? [], year = state.year.value, playing = this.#playing.value;
    this.hidden = years.length < 2 || state.mode.value === 'list';
    if (this.hidden) return nothing;
    const most = Math.max(...years.map(([, count]) => count)), at = years.findIndex(([one]) => one === year) + 1;
    const shown = at ? years[at - 1][1] : state.points.value?.meta.located ?? 0;
    return html`
      <button type="button" class="btn-icon" aria-label=${playing ? 'Stop' : 'Play through the years'} title=${playing ? 'Stop' : 'Play through the years'}
        @click=${() => (playing ? this.#stop() : this.#play())}>${icon(playing ? 'pause' : 'play')}</button>
      <div class="timeline-track">
        <div class="timeline-bars" aria-hidden="true"><i class="timeline-all" title="All years" ?data-current=${!at} @click=${() => this.#jump(0)}></i>${years.map(([one, count], index) => html`<i title=${`${one}: ${plural(count, 'photo')}`} ?data-current=${one === year} @click=${() => this.#jump(index + 1)} ${styles({ blockSize: `${Math.max(8, Math.round((count / most) * 100))}%` })}></i>`)}</div>
        ${slider({ label: 'Year', hideLabel: true, min: 0, max: years.length, value: at, text: `${yearText(year)}, ${plural(shown, 'photo')}`, input: (value) => this.#jump(value) })}
        <div class="timeline-ends" aria-hidden="true" ${styles({ paddingInlineStart: `${100 / (years.length + 1)}%` })}><span>${years[0][0]}</span><span>${years[years.length - 1][0]}</span></div>
      </div>
      <output class="timeline-year">${yearText(year)}<span class="muted">${plural(shown, 'photo')}</span></output>`;
  }

  #play() {
    const years = this.state.points.peek()?.meta.years ?? [], at = years.findIndex(([one]) => one === this.state.year.peek()) + 1;
    this.#playing.value = true;
    this.#step(at >= years.length ? 1 : at + 1);
  }

  /** @param {number} at */
  #step(at) {
    const years = this.state.points.peek()?.meta.years ?? [];
    if (at > years.length) {
      this.#stop();
      this.#goTo(0);
      return;
    }
    this.#goTo(at);
    this.#next = setTimeout(() => this.#step(at + 1), STEP_MS);
  }

  #stop() {
    clearTimeout(this.#next);
    this.#playing.value = false;
  }

  /** Where the user wants to be. @param {number} at */
  #jump(at) {
    this.#stop();
    this.#goTo(at);
  }

  /** @param {number} at 0: all years */
  #goTo(at) {
    const year = this.state.points.peek()?.meta.years[at - 1]?.[0] ?? null;
    if (year !== this.state.year.peek()) void this.state.setYear(year);
  }
}

define('pa-map-timeline', PaMapTimeline);
