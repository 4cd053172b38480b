/** The dialog that corrects when photos were taken, with the first of them before and after. */
import { html, nothing } from 'lit-html';
import { PaElement, define } from 'pa/core/element.js';
import { count, plural } from 'pa/core/format.js';
import { isAbort } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { takenText } from 'pa/grid/photo-details.js';
import { refusal } from 'pa/grid/words.js';
import { openDialog } from 'pa/ui/dialog.js';
import { icon } from 'pa/ui/icons.js';
import { emptyFrame } from 'pa/ui/picture.js';
import { segments } from 'pa/ui/segments.js';
import { correct, previewOf, timeZones } from './send.js';
import { secondsOf } from './shift.js';

/** @typedef {import('./send.js').Change} Change */
/** @typedef {import('pa/grid/verbs.js').Chosen} Chosen */
/** @typedef {'shift' | 'zone' | 'set' | 'offset' | 'reset'} Kind */

const KINDS = /** @type {const} */ ([
  { value: 'shift', label: 'Shift' }, { value: 'zone', label: 'Time zone' }, { value: 'set', label: 'Set exactly' }, { value: 'offset', label: 'Only the zone' }, { value: 'reset', label: 'As the files say' },
]);
const EXPLAINED = {
  shift: 'The clock was wrong by a fixed time, for example it was not set to summer time.',
  zone: 'The camera still showed the time of another zone. Summer time counts on both sides, for each photo by its own date.',
  set: 'The first photo gets this time, the others keep their distance to it. Photos without a date get the time itself.',
  offset: 'The time is right, only the zone it belongs to is missing or wrong.',
  reset: 'What the files say counts again.',
};
/** What is still to be said, while the fields do not say enough. */
const LACKING = { shift: 'Say by how much.', zone: 'Choose both zones from the list, such as Europe/Oslo.', set: 'Choose the time of the first photo.', offset: 'Choose a zone from the list, such as Europe/Oslo.', reset: '' };
const REST_MS = 250;

export class PaTimeChange extends PaElement {
  /** @type {Chosen} */
  chosen = { image_ids: [] };
  /** @type {() => void} */
  changed = () => {};
  kind = signal(/** @type {Kind} */ ('shift'));
  #later = signal(true);
  #span = signal({ days: 0, hours: 1, minutes: 0, seconds: 0 });
  #camera = signal('');
  #place = signal('');
  #local = signal('');
  #zones = signal(/** @type {string[]} */ ([]));
  preview = signal(/** @type {import('./send.js').Preview | null} */ (null));
  #failure = signal('');
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;
  /** @type {AbortController | null} */
  #asking = null;

  connected() {
    timeZones().then(({ zones, local }) => {
      this.#zones.value = zones;
      this.#camera.value ||= local ?? '';
    }, (error) => { this.#failure.value = refusal(error); });
    this.#edited();
  }

  disconnected() {
    clearTimeout(this.#resting);
    this.#asking?.abort();
  }

  /** What the fields say, null while they do not say enough. @returns {Change | null} */
  get change() {
    const zones = this.#zones.value, camera = this.#camera.value.trim(), place = this.#place.value.trim();
    switch (this.kind.value) {
      case 'shift': {
        const seconds = secondsOf(this.#span.value) * (this.#later.value ? 1 : -1);
        return seconds ? { kind: 'shift', seconds } : null;
      }
      case 'zone': return zones.includes(camera) && zones.includes(place) ? { kind: 'zone', camera, place } : null;
      case 'offset': return zones.includes(place) ? { kind: 'offset', zone: place } : null;
      case 'set': return this.#local.value ? { kind: 'set', local: this.#local.value.replace('T', ' '), zone: zones.includes(place) ? place : null } : null;
      default: return { kind: 'reset' };
    }
  }

  template() {
    const kind = this.kind.value;
    return html`${segments({ name: 'correction-kind', label: 'What to correct', value: kind, options: KINDS, change: (value) => this.#turnTo(/** @type {Kind} */ (value)) })}
      <p class="muted">${EXPLAINED[kind]}</p>
      <datalist id="correction-zones">${this.#zones.value.map((name) => html`<option value=${name}></option>`)}</datalist>
      <div class="correction-fields">${this.#fields(kind)}</div>
      ${this.#failure.value ? html`<p class="field-error" role="alert">${this.#failure.value}</p>` : this.#shown()}
      <p class="muted">Originals are never changed: corrections are kept in the catalog and can be undone.</p>`;
  }

  /** @param {Kind} kind */
  #turnTo(kind) {
    const first = this.preview.peek()?.photos[0]?.before.date_taken;
    if (kind === 'set' && first) this.#local.value ||= first.slice(0, 19).replace(' ', 'T'); // to be mended, not typed anew
    this.kind.value = kind;
    this.#edited();
  }

  /** @param {Kind} kind */
  #fields(kind) {
    const set = (/** @type {import('pa/core/signals.js').Signal<string>} */ field) => (/** @type {Event} */ event) => { field.value = /** @type {HTMLInputElement} */ (event.target).value; this.#edited(); };
    const zone = (/** @type {string} */ label, /** @type {import('pa/core/signals.js').Signal<string>} */ field, hint = 'Europe/Oslo') => html`<label class="correction-zone">${label}
      <input class="field-input" type="text" list="correction-zones" autocomplete="off" spellcheck="false" placeholder=${hint} .value=${field.value} @input=${set(field)}></label>`;
    if (kind === 'shift') {
      const span = this.#span.value;
      return html`<div class="correction-row"><label>Make it
          <select class="field-select" @change=${(/** @type {Event} */ event) => { this.#later.value = /** @type {HTMLSelectElement} */ (event.target).value === 'later'; this.#edited(); }}>
            <option value="later" ?selected=${this.#later.value}>later</option><option value="earlier" ?selected=${!this.#later.value}>earlier</option></select></label>
        ${/** @type {const} */ (['days', 'hours', 'minutes', 'seconds']).map((name) => html`<label>${name}
          <input class="field-input" type="number" min="0" max=${name === 'days' ? 73000 : 9999} step="1" name=${name} .value=${String(span[name])}
            @input=${(/** @type {Event} */ event) => { this.#span.value = { ...this.#span.value, [name]: Math.max(0, Math.floor(Number(/** @type {HTMLInputElement} */ (event.target).value) || 0)) }; this.#edited(); }}></label>`)}</div>`;
    }
    if (kind === 'zone') return html`<div class="correction-row">${zone('The camera showed', this.#camera)}${zone('They were taken in', this.#place, 'America/New_York')}</div>`;
    if (kind === 'offset') return html`<div class="correction-row">${zone('The time is that of', this.#place)}</div>`;
    if (kind === 'set') {
      return html`<div class="correction-row"><label>Time <input class="field-input" type="datetime-local" step="1" .value=${this.#local.value} @input=${set(this.#local)}></label>
        ${zone('Zone, if you know it', this.#place)}</div>`;
    }
    return nothing;
  }

  #shown() {
    const preview = this.preview.value;
    if (!this.change) return html`<div class="correction-preview"><p class="muted" role="status">${LACKING[this.kind.value]}</p></div>`;
    if (!preview) return html`<div class="correction-preview" aria-hidden="true"></div>`;
    const { photos, count: all, undated } = preview, rest = all - photos.length;
    return html`<div class="correction-preview"><table><thead><tr><th scope="col"><span class="visually-hidden">Photo</span></th><th scope="col">Now</th><th scope="col">Then</th></tr></thead>
      <tbody>${photos.map(({ id, before, after }) => html`<tr><td><img src=${`/api/thumb/sm/${id}`} alt="" width="40" height="30" @error=${emptyFrame}></td>
        <td>${takenText(before) || 'no date'}</td><td class=${takenText(before) === takenText(after) ? 'muted' : ''}>${takenText(after) || 'no date'}</td></tr>`)}</tbody></table></div>
      ${rest > 0 ? html`<p class="muted">and ${plural(rest, 'more photo')}</p>` : nothing}
      ${undated > 0 && this.kind.value !== 'set' && this.kind.value !== 'reset' ? html`<p class="muted">${icon('info')} ${undated === all ? 'None of them has a date' : `${count(undated)} without a date stay as they are`}.</p>` : nothing}`;
  }

  #edited() {
    this.changed();
    clearTimeout(this.#resting);
    this.#asking?.abort();
    this.#resting = setTimeout(() => void this.#ask(), REST_MS);
  }

  async #ask() {
    const { change } = this, asking = this.#asking = new AbortController();
    if (!change) return;
    try {
      const preview = await previewOf('time', this.chosen, change, asking.signal);
      if (asking.signal.aborted) return;
      this.#failure.value = '';
      this.preview.value = preview;
    } catch (error) {
      if (!isAbort(error)) this.#failure.value = refusal(error);
    }
  }
}

define('pa-time-change', PaTimeChange);

/** @param {Chosen} chosen @param {number} photos @param {() => unknown} changed */
export async function openTimeDialog(chosen, photos, changed) {
  const element = /** @type {PaTimeChange} */ (document.createElement('pa-time-change'));
  element.className = 'stack';
  element.chosen = chosen;
  const answer = await openDialog({
    title: `Time of ${plural(photos, 'photo')}`, size: 'wide', body: () => element,
    actions: () => [{ label: 'Cancel', value: undefined }, { label: 'Correct', value: 'correct', kind: 'primary', disabled: element.change === null }],
    opened: (control) => { element.changed = () => control.redraw(); },
  });
  const { change } = element;
  return answer === 'correct' && change ? correct('time', chosen, change, changed) : false;
}
