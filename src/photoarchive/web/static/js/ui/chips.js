/** Chips: small labels that can be removed or pressed. */
import { html, nothing } from 'lit-html';
import { icon } from 'pa/ui/icons.js';

/** @param {{label: string, remove?: () => void, press?: () => void, pressed?: boolean, icon?: string, title?: string}} options */
export function chip({ label, remove, press, pressed, icon: mark, title }) {
  const content = html`${mark ? icon(mark) : nothing}<span>${label}</span>`;
  if (press) {
    return html`<button type="button" class="chip chip-press" aria-pressed=${pressed === undefined ? nothing : String(pressed)}
      title=${title ?? nothing} @click=${press}>${content}</button>`;
  }
  if (!remove) return html`<span class="chip" title=${title ?? nothing}>${content}</span>`;
  return html`<span class="chip" title=${title ?? nothing}>${content}<button type="button" class="chip-remove"
    aria-label=${`Remove ${label}`} @click=${remove}>${icon('x')}</button></span>`;
}
