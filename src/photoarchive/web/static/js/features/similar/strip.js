/** The strip of look-alikes in the details of a photo. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { ApiError, getJson, isAbort } from 'pa/core/http.js';
import { withKey } from 'pa/core/keys.js';
import { navigate } from 'pa/core/router.js';
import { signal } from 'pa/core/signals.js';
import { cards } from 'pa/grid/cards.js';
import { areaButton } from './area.js';

const SHOWN = 8;
/** The focus may run over many photos; look-alikes are asked for when it rests. */
const REST_MS = 250;

/** @typedef {{id: number, filename: string, thumb_url: string, similarity: number}} LookAlike */

export class PaLookAlikes extends PaElement {
  #photo = 0;
  #found = signal(/** @type {LookAlike[]} */ ([]));
  #note = signal('');
  /** @type {AbortController | null} */
  #running = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;

  /** @param {number} id */
  set photo(id) {
    if (id === this.#photo) return;
    this.#photo = id;
    this.#found.value = [];
    this.#note.value = '';
    this.#running?.abort();
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => void this.#ask(id), REST_MS);
  }

  disconnected() {
    clearTimeout(this.#resting);
    this.#running?.abort();
  }

  template() {
    const found = this.#found.value, area = this.closest('#loupe') && !cards.get(this.#photo)?.unreadable ? areaButton() : nothing;
    if (!found.length) return this.#note.value ? html`<section class="info-section"><h3>Look-alikes</h3><p class="muted">${this.#note.value}</p><div class="look-verbs">${area}</div></section>` : nothing;
    return html`<section class="info-section"><h3>Look-alikes</h3>
      <div class="look-alikes">${found.map((one) => html`<button type="button" class="look-alike" data-look-alike=${one.id} aria-label=${`Open ${one.filename}, ${Math.round(one.similarity * 100)} % alike`}
        title=${`${one.filename} · ${Math.round(one.similarity * 100)} % alike`} @click=${() => navigate(`/library/photo/${one.id}?similar=${this.#photo}`)}><img src=${one.thumb_url} alt="" loading="lazy" decoding="async"></button>`)}</div>
      <div class="look-verbs"><button type="button" class="btn btn-small" data-verb="look-alikes" title=${withKey('Find similar photos', 's')} @click=${() => navigate(`/library?similar=${this.#photo}`)}>Show all</button>${area}</div></section>`;
  }

  /** @param {number} id */
  async #ask(id) {
    const running = this.#running = new AbortController();
    try {
      const { images, note } = await getJson(`/api/look-alikes?ids=${id}&limit=${SHOWN}`, { signal: running.signal, automatic: true });
      if (id !== this.#photo) return;
      this.#found.value = images;
      this.#note.value = note || (images.length ? '' : 'Nothing looks like this photo yet.');
    } catch (error) {
      if (!isAbort(error) && error instanceof ApiError && id === this.#photo) this.#note.value = error.message;
    }
  }
}

define('pa-look-alikes', PaLookAlikes);
