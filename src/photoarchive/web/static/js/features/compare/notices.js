/** What stands in the place of the photos when there is nothing to choose from: no photos, one, all done, no connection. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { plural } from 'pa/core/format.js';
import { icon } from 'pa/ui/icons.js';
import { compareAddress, libraryAddress, scopeLabel } from './scope.js';

export class PaCompareNotice extends PaElement {
  /** @type {import('./state.js').CompareState} */
  state = /** @type {any} */ (null);

  template() {
    const { state } = this, phase = state.phase.value, inResults = state.tab.value === 'results';
    const hint = !inResults && phase === 'ready' && state.pool.value === 2;
    this.hidden = inResults || (phase === 'ready' && !hint);
    if (this.hidden) return nothing;
    if (hint) return html`<p class="compare-hint" role="status">Only two photos here: one choice settles them.</p>`;
    if (phase === 'loading') return html`<div class="compare-empty is-late" role="status">${icon('hourglass')}<p>Choosing photos…</p></div>`;
    if (phase === 'waiting') return this.#waiting();
    if (phase === 'failed') return this.#failed();
    if (phase === 'done') return this.#done();
    return this.#empty();
  }

  #waiting() {
    const { state } = this, unsaved = state.outbox.waiting.value;
    return html`<div class="compare-empty" role="status">${icon('unplug')}<h2>The connection is lost</h2>
      <p>${plural(unsaved, 'choice')} not saved yet. ${unsaved === 1 ? 'It is kept in this browser and' : 'They are kept in this browser and'} sent when the server answers again.</p>
      <div class="compare-empty-verbs"><button type="button" class="btn btn-primary" @click=${() => state.outbox.wake()}>Try now</button></div></div>`;
  }

  #failed() {
    const { state } = this;
    return html`<div class="compare-empty" role="alert">${icon('triangle-alert')}<h2>${state.failure.value}</h2><p>Every choice you made is safe.</p>
      <div class="compare-empty-verbs"><button type="button" class="btn btn-primary" @click=${() => void state.shuffle()}>Try again</button>${this.#all()}</div></div>`;
  }

  #done() {
    const { state } = this;
    return html`<div class="compare-empty">${icon('circle-check')}<h2>That settles these two photos</h2>
      <div class="compare-empty-verbs"><a class="btn btn-primary" href=${compareAddress('results', state.scope.value)}>See the result</a>
      <button type="button" class="btn" @click=${() => void state.shuffle()}>Compare them again</button>${this.#all()}</div></div>`;
  }

  #empty() {
    const { state } = this, scope = state.scope.value, pool = state.pool.value;
    if (pool <= 0) {
      return scope ? html`<div class="compare-empty">${icon('search')}<h2>No photos to compare here</h2>
          <p>Nothing fits “${scopeLabel(scope)}”, or it was all rejected.</p>
          <div class="compare-empty-verbs"><a class="btn btn-primary" href=${libraryAddress(scope)}>Change the filters</a>${this.#all()}</div></div>`
        : html`<div class="compare-empty">${icon('images')}<h2>Your photos will be here</h2>
          <p>Add a folder; as soon as photos are read you can choose among them. Originals are never changed.</p>
          <div class="compare-empty-verbs"><a class="btn btn-primary" href="/catalog">${icon('folder-plus')}Add a folder of photos</a></div></div>`;
    }
    if (pool === 1) {
      return html`<div class="compare-empty">${icon('image')}<h2>Only one photo here</h2><p>It takes two to compare. ${scope ? 'Widen the filters, or compare all photos.' : 'Add more photos first.'}</p>
        <div class="compare-empty-verbs">${scope ? html`<a class="btn btn-primary" href=${libraryAddress(scope)}>Change the filters</a>${this.#all()}`
          : html`<a class="btn btn-primary" href="/catalog">Add photos</a>`}</div></div>`;
    }
    return html`<div class="compare-empty">${icon('layers')}<h2>Nothing left to set side by side</h2>
      <p>These ${plural(pool, 'photo')} belong to one burst or are copies of each other, and such photos never meet here, or the best are settled.</p>
      <div class="compare-empty-verbs"><a class="btn btn-primary" href=${compareAddress('results', scope)}>See the results</a>${this.#all()}</div></div>`;
  }

  #all() {
    const { state } = this;
    return state.scope.value ? html`<a class="btn" href=${compareAddress(state.tab.value, '')}>Compare all photos</a>` : nothing;
  }
}

define('pa-compare-notice', PaCompareNotice);
