/**
 * Time and place in the info panel: what is shown, what the file says where the user said otherwise, and the way to
 * correct it. What correcting does is put in by the part that can (features/corrections).
 */
import { html, nothing } from 'lit-html';
import { signal } from 'pa/core/signals.js';
import { icon } from 'pa/ui/icons.js';
import { placeText, takenText } from './photo-details.js';

/** @typedef {import('./photo-details.js').Details} Details */
/** @typedef {import('./verbs.js').Chosen} Chosen */
/** @typedef {'time' | 'place'} What */
/** @typedef {{open: (what: What, chosen: Chosen, count: number) => Promise<unknown>, reset: (what: What, chosen: Chosen) => Promise<unknown>}} Corrector */

/** @type {import('pa/core/signals.js').Signal<Corrector | null>} */
export const corrector = signal(null);

const WORDS = { time: { name: 'Taken', add: 'Set a time', change: 'Correct the time' }, place: { name: 'Place', add: 'Set a location', change: 'Change the location' } };

/** One row of the facts. @param {What} what @param {Details} details @param {() => void} changed called after a change */
export function correctable(what, details, changed) {
  const text = what === 'time' ? takenText(details) : placeText(details), words = WORDS[what], whole = 'corrected' in details;
  const tools = whole ? corrector.value : null, read = whole ? readText(what, details) : null;
  if (!text && read === null && !tools) return nothing;
  const chosen = { image_ids: [Number(details.id)] }, label = text ? words.change : words.add;
  return html`<dt>${words.name}</dt><dd class="info-correctable"><span>${text || html`<span class="muted">unknown</span>`}</span>
    ${tools ? html`<button type="button" class="btn-icon" data-correct=${what} aria-label=${label} title=${label} @click=${() => void tools.open(what, chosen, 1).then(changed)}>${icon('pencil')}</button>` : nothing}
    ${read === null ? nothing : html`<small class="info-corrected" data-corrected=${what}>Corrected. The file says ${read || 'nothing'}.
      ${tools ? html`<button type="button" class="link-button" @click=${() => void tools.reset(what, chosen).then(changed)}>Reset</button>` : nothing}</small>`}</dd>`;
}

/** What the file says, null where nothing is corrected. @param {What} what @param {Details} details */
function readText(what, { corrected, date_taken: taken, taken_offset: offset }) {
  if (what === 'place') return 'latitude' in corrected ? placeText({ latitude: corrected.latitude, longitude: corrected.longitude }) : null;
  if (!('date_taken' in corrected) && !('taken_offset' in corrected)) return null;
  return takenText({ date_taken: 'date_taken' in corrected ? corrected.date_taken : taken, taken_offset: 'taken_offset' in corrected ? corrected.taken_offset : offset });
}
