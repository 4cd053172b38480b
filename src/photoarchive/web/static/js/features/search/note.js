/** What is said of a search: over the photos how they were found, in the details and on hover why one was. */
import { html, nothing } from 'lit-html';
import { define, PaElement } from 'pa/core/element.js';
import { route } from 'pa/core/router.js';
import { effect, signal } from 'pa/core/signals.js';
import { registerPhotoNote, registerViewNote } from 'pa/grid/view-notes.js';
import { icon } from 'pa/ui/icons.js';
import { slider } from 'pa/ui/slider.js';
import { styles } from 'pa/ui/styles.js';
import { betterKey, followDeepAnswers, lookForBetter } from './better.js';
import { askReason, deepHours, forgetAbout, found, isSaved, learnAbout, learnDeepHours, loadSaved, reasonOf, searchAddress, searchKey, togglePin } from './state.js';
import { deepText, hiddenText, modeText, reasonLines, reasonText, strictnessText, timeText } from './words.js';
import './tag-filter.js';

/** @typedef {import('pa/grid/view-notes.js').NoteContext} NoteContext */
/** @typedef {import('./state.js').About} About */

const STEPS = 3;
const HOVER_MS = 300;
const WARN_WORDS = /^(There is no|No |Type |near|.*(cannot be|needs|does not work|Use more))/;

export class PaSearchNote extends PaElement {
  #context = signal(/** @type {NoteContext | null} */ (null));

  /** @param {NoteContext} context */
  set context(context) {
    this.#context.value = context;
  }

  connected() {
    void loadSaved();
    this.whenGone(followDeepAnswers());
    this.whenGone(effect(() => {
      const context = this.#context.value;
      if (!context || context.count < 0) return;      // the photos first: they make the answer ready
      void learnAbout(searchKey(context.params), context.token).then((known) => known && lookForBetter());
      void learnDeepHours();
    }));
  }

  template() {
    const context = this.#context.value;
    if (!context) return nothing;
    const { about, key, failure } = found.value, mine = key === searchKey(context.params);
    return html`<div class="search-note" role="group" aria-label="This search">
      ${mine && about ? this.#facts(about) : html`<span class="search-note-mode">${mine && failure ? failure : 'Searching…'}</span>`}
      ${about && !about.model ? nothing : this.#strictness(context)}
      ${this.#pin(context.params.get('q') ?? '')}
    </div>
    <div role="status">${mine && about ? didYouMean(about) : nothing}</div>
    ${mine && about ? this.#hints(about) : nothing}
    <div class="search-better" role="status">${mine && about && !about.deep && betterKey.value === key ? html`
      <button type="button" class="library-pill" @click=${() => this.#showBetter(context)}>${icon('arrow-up')}<span>Better results are ready – show</span></button>` : nothing}</div>`;
  }

  /** @param {About} about */
  #facts(about) {
    return html`<span class="search-note-mode" role="status">${modeText(about)}</span>
      ${about.deep ? html`<span class="chip search-deep" title="Answered by Deep Search’s larger model">deep</span>` : nothing}
      ${!about.deep && about.basic ? html`<a class="chip" href="/settings/models" title="The bundled model answers: it knows things and animals well, people and actions less. A larger model finds more.">basic search</a>` : nothing}
      ${!about.deep && deepHours.value && about.model ? html`<span class="chip" title=${`Deep Search answers this between ${deepHours.value.start} and ${deepHours.value.end}`}>${deepText(deepHours.value, Date.now() / 1000)}</span>` : nothing}
      <span class="search-note-time">${timeText(about)}</span>`;
  }

  /** The photos as Deep Search finds them, and how they were found. @param {NoteContext} context */
  #showBetter({ refresh }) {
    betterKey.value = '';
    forgetAbout();
    refresh();
  }

  /** @param {NoteContext} context */
  #strictness({ params, apply }) {
    const value = Number(params.get('strictness')) || 0;
    return html`<span class="search-strictness"><span aria-hidden="true">Looser</span>${slider({
      label: 'How well photos must fit', hideLabel: true, min: -STEPS, max: STEPS, value, text: strictnessText(value), input: () => {},
      change: (next) => {
        const changed = new URLSearchParams(params);
        if (next) changed.set('strictness', String(next));
        else changed.delete('strictness');
        apply(changed);
      },
    })}<span aria-hidden="true">Stricter</span></span>`;
  }

  /** @param {string} text */
  #pin(text) {
    const pinned = isSaved(text);
    return html`<button type="button" class="btn-icon search-pin" aria-pressed=${String(pinned)} aria-label="Save this search"
      title=${pinned ? 'Saved. Press to save it no longer' : 'Save this search'} @click=${() => void togglePin(text)}>${icon('star', { filled: pinned })}</button>`;
  }

  /** @param {About} about */
  #hints(about) {
    const hints = [...about.hints, hiddenText(about)].filter(Boolean);
    if (!hints.length) return nothing;
    return html`<ul class="search-hints" role="list">${hints.map((hint) => html`<li class=${WARN_WORDS.test(hint) ? 'is-warning' : ''}>
      ${icon(WARN_WORDS.test(hint) ? 'triangle-alert' : 'info')}<span>${hint}</span></li>`)}</ul>`;
  }
}

define('pa-search-note', PaSearchNote);

/** The search as it was perhaps meant: links that keep everything but the words nobody knows. @param {About} about */
function didYouMean({ did_you_mean: offers }) {
  if (!offers.length) return nothing;
  return html`<p class="search-meant">${icon('info')}<span>Did you mean ${offers.map((text, at) => html`${
    at === 0 ? '' : at === offers.length - 1 ? ' or ' : ', '}<a href=${searchAddress(text)}>${text}</a>`)}?</span></p>`;
}

/** Why one photo was found, for its details. @param {number} photo */
function whyTemplate(photo) {
  const key = searchKey(route.value.query), reason = key ? reasonOf(key, photo) : undefined;
  const lines = reason ? reasonLines(reason) : [];
  if (!reason || !lines.length) return nothing;
  return html`<section class="info-section search-why"><h3>Why it matched</h3>
    ${reason.strength === null ? nothing : html`<div class="meter" role="img" aria-label=${`Fits by meaning: ${Math.round(reason.strength * 100)} %`}>
      <i ${styles({ inlineSize: `${Math.max(4, Math.round(reason.strength * 100))}%` })}></i></div>`}
    <dl class="info-facts">${lines.map(({ name, text }) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl></section>`;
}

/** Why the photo under the pointer was found, as the tooltip of its tile. */
function explainOnHover() {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;
  document.addEventListener('pointerover', (event) => {
    const tile = /** @type {HTMLElement | null} */ (event.target instanceof Element ? event.target.closest('#grid .tile[data-photo-id]') : null);
    clearTimeout(resting);
    const key = tile ? searchKey(route.peek().query) : '', photo = Number(tile?.dataset.photoId);
    if (!tile || !key || !photo) return;
    resting = setTimeout(async () => {
      const reason = await askReason(key, photo), text = reason ? reasonText(reason) : '';
      if (!text || Number(tile.dataset.photoId) !== photo) return;
      tile.title = text;
      tile.addEventListener('pointerleave', () => tile.removeAttribute('title'), { once: true });
    }, HOVER_MS);
  });
}

registerViewNote({
  name: 'search',
  template: (context) => (context.params.get('q') ? html`<pa-search-note .context=${context}></pa-search-note>` : nothing),
});
registerPhotoNote({ name: 'search', template: whyTemplate });
explainOnHover();
