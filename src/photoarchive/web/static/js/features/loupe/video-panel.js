/** What stands over the still of a video that does not play: the reason, an offer, or how far its copy is. */
import { html, nothing, render } from 'lit-html';
import { duration, percent } from 'pa/core/format.js';
import { icon } from 'pa/ui/icons.js';
import { progressBar } from 'pa/ui/progress.js';

/**
 * @typedef {object} VideoPanel
 * @property {string} text
 * @property {string} [offer] words of the button
 * @property {() => void} [run] what it does
 * @property {{fraction: number | null, eta: number | null, note: string}} [progress]
 * @property {() => void} [cancel]
 */

/** @param {HTMLElement} host @param {VideoPanel} panel */
export function drawVideoPanel(host, { text, offer, run, progress, cancel }) {
  render(html`${icon('film')}<div class="video-panel">
    <p>${text}</p>
    ${progress ? html`<div class="video-panel-progress">${progressBar({ label: 'Making the copy', fraction: progress.fraction, colour: '--work-previews' })}
      <span>${wordsOf(progress)}</span>
      <button type="button" class="btn btn-small" @click=${cancel}>Cancel</button></div>` : nothing}
    ${offer ? html`<button type="button" class="btn btn-primary" @click=${run}>${offer}</button>` : nothing}</div>`, host);
}

/** "38% · 2 min" @param {NonNullable<VideoPanel['progress']>} progress */
function wordsOf({ fraction, eta, note }) {
  return note || [fraction === null ? 'working' : percent(fraction), eta === null ? '' : `${duration(eta)} left`].filter(Boolean).join(' · ');
}
