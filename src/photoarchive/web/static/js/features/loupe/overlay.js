/** What lies over the stage: name, position, zoom and the buttons. Fades when the pointer rests, comes back when it moves. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { withKey } from 'pa/core/keys.js';
import { signal } from 'pa/core/signals.js';
import { bits as read } from 'pa/grid/feed.js';
import { icon } from 'pa/ui/icons.js';

/** @typedef {import('pa/grid/marks.js').Mark} Mark */
/** @typedef {{name: string, index: number, total: number, bits: number, zoom: string, clipping: boolean, info: boolean, isVideo: boolean}} OverlayState */
/** @typedef {{leave: () => void, go: (by: number) => void, mark: (mark: Mark) => void, survey: () => void, clipping: () => void, info: () => void, fullScreen: () => void, toggleZoom: () => void}} OverlayActions */

const FADE_MS = 2000;
/** A tap counts once it cannot become a double tap. */
const TAP_MS = 600;

export class PaLoupeOverlay extends PaElement {
  /** @type {import('pa/core/signals.js').Signal<OverlayState>} */
  state = signal({ name: '', index: -1, total: 0, bits: 0, zoom: '', clipping: false, info: true, isVideo: false });
  /** @type {OverlayActions} */
  actions = /** @type {any} */ (null);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #fading;
  #woken = -Infinity;

  /** Whether what the user did just now brought the controls back. */
  get hasJustWoken() { return performance.now() - this.#woken < TAP_MS; }

  disconnected() {
    clearTimeout(this.#fading);
  }

  /** The user did something: show, and fade after a while, but not under somebody who walks over the buttons by keyboard. */
  wake() {
    if (this.classList.contains('is-faded')) this.#woken = performance.now();
    this.classList.remove('is-faded');
    clearTimeout(this.#fading);
    this.#fading = setTimeout(() => { if (!this.querySelector('button:focus-visible')) this.classList.add('is-faded'); }, FADE_MS);
  }

  template() {
    const { name, index, total, bits, zoom, clipping, info, isVideo } = this.state.value, { actions } = this, flag = read.flag(bits), stars = read.stars(bits);
    return html`<div class="overlay-top">
        ${button('arrow-left', withKey('Back to the grid', 'Escape'), actions.leave)}
        <h1 class="overlay-name">${name || 'Photo'}</h1>
        ${index >= 0 ? html`<span class="overlay-position">${count(index + 1)} of ${count(total)}</span>` : nothing}
        ${isVideo || !zoom ? nothing : html`<button type="button" class="overlay-zoom" title=${withKey('Fit or 1:1', 'z')} @click=${actions.toggleZoom}>${zoom}</button>`}
        <span class="overlay-space"></span>
        ${button('columns-2', withKey('Survey: side by side', 'n'), actions.survey)}
        ${isVideo ? nothing : button('sliders-horizontal', withKey('Clipped blacks and whites', 'j'), actions.clipping, clipping)}
        ${button('maximize', withKey('Only the photo', 'f'), actions.fullScreen)}
        ${button('info', withKey('Details', 'i'), actions.info, info, 'details')}
      </div>
      ${index > 0 ? html`<button type="button" class="overlay-side overlay-previous" aria-label="Previous photo" title=${withKey('Previous photo', 'ArrowLeft')} @click=${() => actions.go(-1)}>${icon('chevron-left')}</button>` : nothing}
      ${index >= 0 && index < total - 1 ? html`<button type="button" class="overlay-side overlay-next" aria-label="Next photo" title=${withKey('Next photo', 'ArrowRight')} @click=${() => actions.go(1)}>${icon('chevron-right')}</button>` : nothing}
      <div class="overlay-marks" role="group" aria-label="Flag and stars" ?hidden=${!name}>
        ${markButton('flag', 'Pick', 'p', flag === 1, 'is-pick', () => actions.mark({ kind: 'flag', value: flag === 1 ? 0 : 1 }))}
        ${markButton('ban', 'Reject', 'x', flag === 2, 'is-reject', () => actions.mark({ kind: 'flag', value: flag === 2 ? 0 : 2 }))}
        <span class="overlay-stars ${read.suggested(bits) ? 'is-suggested' : ''}">${[1, 2, 3, 4, 5].map((n) => html`<button type="button" class="btn-icon" aria-pressed=${String(stars !== null && stars >= n)}
          aria-label=${plural(n, 'star')} title=${withKey(plural(n, 'star'), String(n))} @click=${() => actions.mark({ kind: 'stars', value: stars === n && !read.suggested(bits) ? 0 : n })}>
          ${icon('star', { filled: stars !== null && stars >= n && !read.suggested(bits) })}</button>`)}</span>
      </div>`;
  }
}

/** @param {string} name @param {string} label @param {() => void} run @param {boolean} [pressed] @param {string} [opens] */
function button(name, label, run, pressed, opens) {
  return html`<button type="button" class="btn-icon" data-opens=${opens ?? nothing} aria-label=${label} title=${label} aria-pressed=${pressed === undefined ? nothing : String(pressed)} @click=${run}>${icon(name)}</button>`;
}

/** @param {string} name @param {string} label @param {string} key @param {boolean} pressed @param {string} tone @param {() => void} run */
function markButton(name, label, key, pressed, tone, run) {
  return html`<button type="button" class="btn-icon ${tone}" aria-pressed=${String(pressed)} aria-label=${label} title=${withKey(label, key)} @click=${run}>${icon(name, { filled: pressed && name === 'flag' })}</button>`;
}

define('pa-loupe-overlay', PaLoupeOverlay);
