/** The info panel: what is known of one photo. The same beside the grid and beside the loupe. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, date, plural } from 'pa/core/format.js';
import { getJson, isAbort, sentenceOf } from 'pa/core/http.js';
import { effect, signal } from 'pa/core/signals.js';
import { openDialog } from 'pa/ui/dialog.js';
import { icon } from 'pa/ui/icons.js';
import { closeButton } from 'pa/ui/overlay.js';
import { showToast } from 'pa/ui/toast.js';
import { cards } from './cards.js';
import { correctable } from './corrected.js';
import { drawHistogram } from './histogram.js';
import { infoSections } from './info-sections.js';
import { starsRow } from './info-stars.js';
import './info-words.js';
import { notesOfPhoto } from './view-notes.js';
import { cameraText, exposureText, locationsOf, rankText, sizeText } from './photo-details.js';

/** @typedef {import('./photo-details.js').Details} Details */

const TIER_NAMES = /** @type {Record<string, string>} */ ({ sm: 'small', md: 'medium', lg: 'large', full: 'full size' });
/** The focus may run over many photos; details are asked for when it rests. */
const REST_MS = 120;

export class PaInfoPanel extends PaElement {
  /** The photo, 0 none. */
  photo = signal(0);
  /** Raised when marks of the photo may have changed. */
  marks = signal(0);
  /** @type {import('pa/core/signals.js').Signal<import('./histogram.js').Histogram | null>} */
  histogram = signal(null);
  /** Gives a photo its suggested stars again; set by pages that can. @type {((photo: number) => void) | null} */
  giveUpStars = null;
  /** Closes the panel where it lies over the photos; see ui/overlay.js. @type {(() => void) | null} */
  close = null;
  /** What to say while no photo is chosen. */
  hint = 'Select a photo to see its details.';
  /** @type {import('pa/core/signals.js').Signal<Details | null>} */
  #details = signal(null);
  #media = signal(/** @type {Details | null} */ (null));
  #failure = signal('');
  /** @type {AbortController | null} */
  #running = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;

  connected() {
    this.whenGone(effect(() => {
      const id = this.photo.value;
      this.marks.value;
      this.#follow(id);
    }));
    const draw = () => {
      const canvas = this.querySelector('canvas');
      if (canvas) drawHistogram(canvas, this.histogram.peek());
    };
    this.whenGone(effect(() => {
      this.histogram.value;
      this.#details.value; // with them comes the canvas
      queueMicrotask(draw);
    }));
    const sizes = new ResizeObserver(draw); // it comes into sight, or is made wider
    sizes.observe(this);
    this.whenGone(() => sizes.disconnect());
  }

  disconnected() {
    clearTimeout(this.#resting);
    this.#running?.abort();
  }

  template() {
    return html`${this.close ? html`<div class="panel-head info-head"><h2>Details</h2>${closeButton('Close the details', this.close)}</div>` : nothing}${this.#content()}`;
  }

  #content() {
    const id = this.photo.value, details = this.#details.value;
    if (!id) return html`<p class="info-hint">${this.hint}</p>`;
    if (!details || details.id !== id) return this.#failure.value ? html`<p class="info-hint">${this.#failure.value}</p>` : html`<div class="info-wait" aria-busy="true"></div>`;
    const { histogram } = this, whole = 'keywords' in details; // a card, shown until the details come, knows no words
    return html`
      <div class="info-histogram" ?hidden=${details.kind === 'video' || Boolean(details.unreadable)}><canvas role="img" aria-label="Histogram"></canvas>
        ${histogram.value ? html`<span class="info-clip" title="Share of pixels that are black or white">${clipText(histogram.value)}</span>` : nothing}</div>
      <h2 class="info-name">${details.filename}</h2>
      ${whole ? html`<pa-info-texts .details=${details} .changed=${this.#again}></pa-info-texts>` : nothing}
      ${problemText(details) ? html`<p class="info-problem">${icon('triangle-alert')}<span>${problemText(details)}</span></p>` : nothing}
      <dl class="info-facts">
        ${fact('Rank', rankText(details))}
        ${fact('Choices', details.comparisons ? count(details.comparisons) : '')}
        ${starsRow(details, this.giveUpStars && (() => this.giveUpStars?.(id)))}
        ${correctable('time', details, this.#again)}
        ${fact('Camera', cameraText(details))}
        ${fact('Lens', details.lens)}
        ${fact('Exposure', exposureText(details))}
        ${fact('Size', sizeText(details))}
        ${correctable('place', details, this.#again)}
        ${fact('Added', details.created_at ? date(`${details.created_at.replace(' ', 'T')}Z`) : '')}
      </dl>
      ${notesOfPhoto(id)}
      ${whole ? html`<pa-info-labels .details=${details} .changed=${this.#again}></pa-info-labels>` : nothing}
      ${infoSections.value.map((section) => section.template(id))}
      ${this.#storage(details)}
      <div class="info-actions">
        <button type="button" class="btn btn-small" @click=${() => void showTags(details)}>${icon('list')}All tags</button>
      </div>`;
  }

  /** Something was changed here: ask what the photo says now. */
  #again = () => {
    this.marks.value++;
  };

  /** @param {Details} details */
  #storage(details) {
    const media = this.#media.value, best = media?.best_cached, places = locationsOf(details);
    const original = details.missing ? 'missing' : details.offline ? 'drive not connected' : media?.tiers?.full?.cached ? 'in the cache' : 'on the drive';
    return html`<section class="info-section"><h3>Files</h3>
      <dl class="info-facts">${fact('Preview', best ? TIER_NAMES[best] ?? best : media ? (details.unreadable ? 'none' : 'not made yet') : '')}${fact('Original', original)}</dl>
      <ul class="info-places" role="list">${places.map(({ path, note }) => html`<li>
        <span class="info-path" title=${path}>${path}</span>${note ? html`<small>${note}</small>` : nothing}
        <button type="button" class="btn-icon" title="Copy path" aria-label=${`Copy path ${path}`} @click=${() => void copy(path)}>${icon('copy')}</button></li>`)}</ul></section>`;
  }

  /** @param {number} id */
  #follow(id) {
    clearTimeout(this.#resting);
    this.#running?.abort();
    const card = id ? cards.get(id) : undefined;
    if (card && this.#details.peek()?.id !== id) this.#details.value = card;
    if (id) this.#resting = setTimeout(() => void this.#fetch(id), REST_MS);
  }

  /** @param {number} id */
  async #fetch(id) {
    const running = this.#running = new AbortController(), { signal: cancel } = running;
    try {
      const [details, media] = await Promise.all([
        getJson(`/api/image/${id}`, { signal: cancel }), getJson(`/api/image/${id}/media-status`, { signal: cancel }),
      ]);
      if (cancel.aborted) return;
      this.#failure.value = '';
      this.#media.value = media;
      this.#details.value = details;
    } catch (error) {
      if (!isAbort(error)) this.#failure.value = sentenceOf(error);
    }
  }
}

/** @param {string} name @param {unknown} value */
function fact(name, value) {
  return value ? html`<dt>${name}</dt><dd>${value}</dd>` : nothing;
}

/** @param {import('./histogram.js').Histogram} histogram */
function clipText({ low, high }) {
  const share = (/** @type {number} */ value) => (value < 0.0005 ? '0' : (value * 100).toFixed(1));
  return low < 0.0005 && high < 0.0005 ? '' : `black ${share(low)} % · white ${share(high)} %`;
}

/** @param {Details} details */
function problemText(details) {
  const reason = details.unreadable;
  if (reason) return `This file cannot be read: ${reason}`;
  if (details.damaged) return `This file is damaged and shown in part: ${details.damaged}`;
  if (details.missing) return 'The file is gone from its folder. What you know of it is kept.';
  if (details.offline) return "The drive isn't connected. Previews still work. Connect it to open the original.";
  return '';
}

/** @param {string} path */
async function copy(path) {
  try {
    await navigator.clipboard.writeText(path);
    showToast('Path copied.', { kind: 'done' });
  } catch {
    showToast('The browser did not allow copying. Select the path and copy it by hand.', { kind: 'error' });
  }
}

/** Every tag of the file, asked for when wanted. @param {Details} details */
async function showTags(details) {
  let tags;
  try {
    tags = (await getJson(`/api/image/${details.id}/exif`)).exif ?? {};
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
    return;
  }
  const rows = Object.entries(tags);
  await openDialog({
    title: details.filename, size: 'wide',
    body: rows.length ? html`<p class="muted">${plural(rows.length, 'tag')}</p><table class="info-tags"><tbody>${rows.map(([name, value]) => html`
      <tr><th scope="row">${name}</th><td>${Array.isArray(value) ? value.join(', ') : typeof value === 'object' && value ? JSON.stringify(value) : String(value)}</td></tr>`)}</tbody></table>`
      : html`<p>This file holds no tags.</p>`,
  });
}

define('pa-info-panel', PaInfoPanel);
