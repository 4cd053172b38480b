/** The row below the photos: what can be done, and how far the ranking is. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, percent, plural } from 'pa/core/format.js';
import { keyCaps, withKey } from 'pa/core/keys.js';
import { icon } from 'pa/ui/icons.js';

export class PaCompareFoot extends PaElement {
  /** @type {import('./state.js').CompareState} */
  state = /** @type {any} */ (null);
  zoom = () => {};
  /** Called after a click, so that the keys work on the board again. */
  back = () => {};

  template() {
    return html`${this.state.tab.value === 'results' ? nothing : this.#verbs()}${this.#facts()}`;
  }

  #verbs() {
    const { state } = this, ranked = state.ranked.value.length, ready = state.phase.value === 'ready' && state.board.value !== null;
    return html`<div class="compare-verbs">
      ${ranked ? html`<button type="button" class="btn btn-primary" @click=${this.#then(() => state.confirm())}>${icon('check')}Done: ${ranked === 1 ? 'the best' : `the best ${ranked}`}</button>` : nothing}
      ${this.#verb('Skip', 'Space', 'chevron-right', !ready, () => state.skip())}
      ${this.#verb('Undo', 'u', 'undo-2', false, () => void state.undo())}
      ${this.#verb('Reshuffle', 'r', 'refresh-cw', false, () => void state.shuffle())}
      ${this.#verb(state.tab.value === 'mosaic' ? 'Zoom' : '1:1', 'z', 'expand', !ready, this.zoom, state.zoomed.value)}</div>`;
  }

  /** @param {string} label @param {string} key @param {string} mark @param {boolean} disabled @param {() => void} run @param {boolean} [pressed] */
  #verb(label, key, mark, disabled, run, pressed) {
    return html`<button type="button" class="btn" ?disabled=${disabled} title=${withKey(label, key)} aria-keyshortcuts=${key.length === 1 ? key.toUpperCase() : key}
      aria-pressed=${pressed === undefined ? nothing : String(pressed)} @click=${this.#then(run)}>${icon(mark)}${label}<kbd aria-hidden="true">${keyCaps(key)[0].join('+')}</kbd></button>`;
  }

  /** @param {() => unknown} run */
  #then(run) {
    return (/** @type {MouseEvent} */ event) => {
      run();
      if (event.detail > 0) this.back();
    };
  }

  /** What keys say on the tiles and in the help, for those who have none: how the second and third are chosen. */
  #hold() {
    const { state } = this;
    if (state.tab.value !== 'mosaic' || state.phase.value !== 'ready' || !state.board.value) return nothing;
    const ranked = state.ranked.value.length;
    return html`<span class="compare-hold">${ranked === 0 ? 'Hold a photo to choose a second and third too' : `Tap the ${ranked === 1 ? 'second' : 'third'} best, or Done`}</span>`;
  }

  #facts() {
    const { state } = this, progress = state.progress.value, unsaved = state.outbox.waiting.value, stuck = state.outbox.stuck.value, moved = state.moved.value;
    return html`<p class="compare-facts">${this.#hold()}
      <span class="compare-unsaved" role="status">${stuck && unsaved ? html`${icon('unplug')}${plural(unsaved, 'choice')} not saved yet` : nothing}</span>
      ${progress ? html`
        <span data-fact="choices">${plural(progress.total_comparisons, 'choice')}</span>
        ${progress.photos ? html`<span data-fact="coverage" title=${`${count(progress.compared)} of ${plural(progress.photos, 'photo')} were on a board`}>${share(progress.coverage)} seen</span>` : nothing}
        ${progress.settled_percent === null ? nothing : html`<span data-fact="settled" title=${settledTitle(progress.top)}>top ${progress.top}: ${progress.settled_percent} % settled</span>`}
        ${progress.updating ? html`<span>updating ratings</span>` : moved ? html`<span data-fact="moved" title="Photos that look alike follow a choice a little">+${count(moved)} ${moved === 1 ? 'look-alike' : 'look-alikes'} moved</span>` : nothing}` : nothing}</p>`;
  }
}

/** @param {number} fraction */
const share = (fraction) => percent(fraction).replace('%', ' %');

/** @param {number} top */
function settledTitle(top) {
  return top === 1 ? 'How likely it is that the photo rated best is the best' : `Of the ${top} photos rated best, so many are expected to be among the ${top} best`;
}

define('pa-compare-foot', PaCompareFoot);
