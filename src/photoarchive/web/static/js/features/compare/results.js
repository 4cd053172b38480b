/** The results: photos in their order with rating and how sure it is. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { isAbort, sentenceOf } from 'pa/core/http.js';
import { batch, effect, signal, untracked } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { styles } from 'pa/ui/styles.js';
import { readResults } from './api.js';
import { pictureUrl } from './pictures.js';
import { compareAddress } from './scope.js';

/** @typedef {import('./api.js').Card} Card */

export class PaCompareResults extends PaElement {
  /** @type {import('./state.js').CompareState} */
  state = /** @type {any} */ (null);
  /** @type {import('pa/core/signals.js').Signal<Card[] | null>} */
  #cards = signal(null);
  #total = signal(0);
  #failure = signal('');
  #loading = signal(false);
  #running = new AbortController();

  connected() {
    this.whenGone(effect(() => {
      this.state.scope.value;
      this.state.stored.value;
      untracked(() => void this.#read(0));
    }));
  }

  disconnected() {
    this.#running.abort();
  }

  template() {
    const cards = this.#cards.value, failure = this.#failure.value;
    if (failure) {
      return html`<div class="compare-empty" role="alert">${icon('triangle-alert')}<h2>${failure}</h2>
        <div class="compare-empty-verbs"><button type="button" class="btn btn-primary" @click=${() => void this.#read(0)}>Try again</button></div></div>`;
    }
    if (!cards) return nothing;
    if (!cards.length) {
      return html`<div class="compare-empty">${icon('scale')}<h2>No results yet</h2><p>Choose the best of a few boards; the ranking grows from there.</p>
        <div class="compare-empty-verbs"><a class="btn btn-primary" href=${compareAddress('mosaic', this.state.scope.value)}>Start choosing</a></div></div>`;
    }
    return this.#ranking(cards);
  }

  /** @param {Card[]} cards */
  #ranking(cards) {
    const [low, high] = rangeOf(cards);
    return html`<div class="results"><h2 class="visually-hidden">${plural(this.#total.value, 'ranked photo')}</h2>
      <ol class="results-list" role="list" aria-label="Photos, best first">${cards.map((card, index) => this.#row(card, index + 1, low, high))}</ol>
      ${cards.length < this.#total.value ? html`<button type="button" class="btn results-more" ?disabled=${this.#loading.value} @click=${() => void this.#read(cards.length)}>
        Show more of ${count(this.#total.value)}</button>` : nothing}</div>`;
  }

  /** @param {Card} card @param {number} rank @param {number} low @param {number} high */
  #row(card, rank, low, high) {
    const measured = card.elo_interval !== null, around = card.elo_interval ?? 0, span = high - low;
    const at = (/** @type {number} */ value) => `${Math.min(100, Math.max(0, 100 * (value - low) / span))}%`;
    const stars = card.stars ?? card.suggested_stars;
    return html`<li class="results-row" data-photo-id=${card.id}>
      <span class="results-rank">${count(rank)}</span>
      <a class="results-photo" href=${`/library/photo/${card.id}`} tabindex="-1" aria-hidden="true" ${styles({ backgroundColor: card.colour })}><img src=${pictureUrl(card, 'sm')} alt="" loading="lazy" decoding="async"></a>
      <span class="results-words"><a class="results-name" href=${`/library/photo/${card.id}`}>${card.filename}</a>
        <span class="results-facts">${card.comparisons ? plural(card.comparisons, 'choice') : 'by look-alikes only'}${stars === null ? nothing
          : html` · <span class=${card.stars === null ? 'is-suggested' : ''}>${plural(stars, 'star')}${card.stars === null ? ' suggested' : ''}</span>`}</span></span>
      <span class="results-bar" aria-hidden="true">${measured ? html`<i class="results-range ${card.comparisons ? '' : 'is-derived'}" ${styles({ insetInlineStart: at(card.elo - around), insetInlineEnd: `calc(100% - ${at(card.elo + around)})` })}></i>` : nothing}
        <i class="results-dot" ${styles({ insetInlineStart: at(card.elo) })}></i></span>
      <span class="results-rating"><b>${count(Math.round(card.elo))}</b>${measured && card.comparisons ? html` <span class="results-around">± ${count(Math.round(around))}</span>` : nothing}</span></li>`;
  }

  /** @param {number} offset */
  async #read(offset) {
    this.#running.abort();
    const running = this.#running = new AbortController();
    this.#loading.value = true;
    try {
      const answer = await readResults(this.state.scope.peek(), offset, running.signal);
      batch(() => {
        this.#cards.value = offset ? [...this.#cards.peek() ?? [], ...answer.images] : answer.images;
        this.#total.value = answer.visible_images;
        this.#failure.value = '';
      });
    } catch (error) {
      if (!isAbort(error)) this.#failure.value = sentenceOf(error);
    } finally {
      if (running === this.#running) this.#loading.value = false;
    }
  }
}

/** The scale of all bars: from the lowest end to the highest. @param {Card[]} cards @returns {[number, number]} */
function rangeOf(cards) {
  const ends = cards.flatMap((card) => [card.elo - (card.elo_interval ?? 0), card.elo + (card.elo_interval ?? 0)]);
  const low = Math.min(...ends), high = Math.max(...ends);
  return high > low ? [low, high] : [low - 1, high + 1];
}

define('pa-compare-results', PaCompareResults);
