/** Stars in the info panel: how many, whether one's own or suggested, and the way back from the own to the suggested ones. */
import { html, nothing } from 'lit-html';
import { plural } from 'pa/core/format.js';
import { withKey } from 'pa/core/keys.js';
import { icon } from 'pa/ui/icons.js';

/** @typedef {import('./photo-details.js').Details} Details */

/** The key that gives photos their suggested stars again. */
export const SUGGESTED_KEY = 'd';

/**
 * One row of the facts; nothing for a photo without stars of either kind.
 * @param {Details} details @param {(() => void) | null} giveUp gives the own stars up; null where that cannot be done
 */
export function starsRow({ stars, suggested_stars: suggested }, giveUp) {
  const own = typeof stars === 'number', shown = own ? stars : suggested;
  if (typeof shown !== 'number') return nothing;
  return html`<dt>Stars</dt><dd class="info-stars"><span>${shown ? html`<span class="facet-stars ${own ? 'is-included' : ''}" role="img" aria-label=${plural(shown, 'star')}>${
    Array.from({ length: 5 }, (_, n) => icon('star', { filled: n < shown }))}</span>` : 'none'}${own ? nothing : html` <span class="muted">suggested</span>`}</span>
    ${own && giveUp ? html`<button type="button" class="link-button" title=${withKey('Give up your stars for the suggested ones', SUGGESTED_KEY)} @click=${giveUp}>As suggested</button>` : nothing}</dd>`;
}
