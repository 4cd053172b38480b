/** Progress bars: a meter with a name and words, never colour alone. */
import { html, nothing } from 'lit-html';
import { percent } from 'pa/core/format.js';
import { styles } from 'pa/ui/styles.js';

/**
 * @param {{label: string, fraction: number | null, colour?: string, text?: string}} options
 *   fraction 0…1, null while the end is unknown; colour: name of a CSS custom property, e.g. "--work-scan"
 */
export function progressBar({ label, fraction, colour = '--accent', text }) {
  const known = fraction !== null && Number.isFinite(fraction);
  const share = known ? Math.min(1, Math.max(0, /** @type {number} */ (fraction))) : 0;
  return html`<span class="meter ${known ? '' : 'is-endless'}" role="progressbar" aria-label=${label}
    aria-valuemin="0" aria-valuemax="100" aria-valuenow=${known ? String(Math.round(share * 100)) : nothing}
    aria-valuetext=${text ?? (known ? percent(share) : 'working')} ${styles({ '--meter': `var(${colour})` })}>
    <i ${styles({ inlineSize: known ? `${share * 100}%` : null })}></i></span>`;
}
