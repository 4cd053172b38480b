/** The dialog that gives selected photos keywords, or takes them away. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { signal } from 'pa/core/signals.js';
import { suggest } from 'pa/grid/info-words.js';
import { chosenCount, chosenPhotos, registerSelectionVerb } from 'pa/grid/verbs.js';
import { changeKeywords, changeTexts, keywordLabel, keywordOf, keywordsOf, refusal } from 'pa/grid/words.js';
import { chip } from 'pa/ui/chips.js';
import { openDialog } from 'pa/ui/dialog.js';
import 'pa/ui/suggest_field.js';

/** @typedef {import('pa/grid/verbs.js').Chosen} Chosen */
/** @typedef {import('pa/grid/verbs.js').PhotoView} PhotoView */
/** @typedef {import('pa/grid/words.js').KeywordCount} KeywordCount */

class PaKeywordChanges extends PaElement {
  /** @type {Chosen} */
  chosen = { image_ids: [] };
  #keywords = signal(/** @type {KeywordCount[] | null} */ (null));
  #photos = signal(0);
  #failure = signal('');

  connected() {
    void this.#load();
  }

  template() {
    const keywords = this.#keywords.value, photos = this.#photos.value;
    return html`<pa-suggest-field .label=${'Keyword'} .placeholder=${'Add a keyword, or Nature | Birds'} .ask=${suggest}
        @suggest-pick=${(/** @type {CustomEvent} */ event) => void this.#change({ add: [keywordOf(event.detail)] })}></pa-suggest-field>
      <p class="muted">Press Enter to add it to all of them. Originals are never changed: keywords are kept in the catalog.</p>
      ${this.#failure.value ? html`<p class="field-error" role="alert">${this.#failure.value}</p>` : nothing}
      ${keywords?.length ? html`<div class="info-chips" role="group" aria-label="Keywords of these photos">${keywords.map((one) => chip({
        label: one.count < photos ? `${keywordLabel(one.name)} · ${count(one.count)}` : keywordLabel(one.name),
        title: `${plural(one.count, 'photo')} of ${count(photos)}`, remove: () => void this.#change({ remove: [one.name] }),
      }))}</div>` : keywords ? html`<p class="muted">They have no keywords yet.</p>` : nothing}`;
  }

  /** @param {{add: string[]} | {remove: string[]}} change */
  async #change(change) {
    if (await changeKeywords(this.chosen, change)) await this.#load();
  }

  async #load() {
    try {
      const { keywords, photos } = await keywordsOf(this.chosen);
      this.#keywords.value = keywords;
      this.#photos.value = photos;
      this.#failure.value = '';
    } catch (error) {
      this.#failure.value = refusal(error);
    }
  }
}

define('pa-keyword-changes', PaKeywordChanges);

/** @param {PhotoView} view */
function openKeywords(view) {
  return openDialog({
    title: `Keywords of ${plural(chosenCount(view), 'photo')}`,
    body: html`<pa-keyword-changes class="stack" .chosen=${chosenPhotos(view)}></pa-keyword-changes>`,
    actions: [{ label: 'Done', value: undefined, kind: 'primary' }],
  });
}

/** One caption for all of them. @param {PhotoView} view */
async function openCaption(view) {
  const chosen = chosenPhotos(view);
  let text = '';
  const answer = await openDialog({
    title: `Caption of ${plural(chosenCount(view), 'photo')}`,
    body: html`<label class="stack">Caption
      <textarea class="field-input" rows="4" autofocus @input=${(/** @type {Event} */ event) => { text = /** @type {HTMLTextAreaElement} */ (event.target).value; }}></textarea></label>
      <p class="muted">Replaces the caption of each of them; an empty one takes it away. It can be undone.</p>`,
    actions: [{ label: 'Cancel', value: undefined }, { label: 'Save', value: 'save', kind: 'primary' }],
  });
  if (answer === 'save') await changeTexts(chosen, { caption: text });
}

registerSelectionVerb({ name: 'keywords', label: 'Keywords', title: 'Add or take away keywords', icon: 'tag', order: 20, run: (view) => void openKeywords(view) });
registerSelectionVerb({ name: 'caption', label: 'Caption', title: 'Give them one caption', icon: 'pencil', order: 25, fold: 4, run: (view) => void openCaption(view) });
