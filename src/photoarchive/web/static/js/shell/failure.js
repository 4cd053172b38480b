/** A page that could not be loaded: what happened, and the way on. */
import { html, render } from 'lit-html';
import { sentenceOf } from 'pa/core/http.js';
import { icon } from 'pa/ui/icons.js';

/** @param {unknown} error @param {HTMLElement} host @param {() => void} retry */
export function showFailure(error, host, retry) {
  console.error(error);
  // A module that failed to load stays failed in this document: only a reload fetches it again.
  const again = error instanceof TypeError ? () => location.reload() : retry;
  render(html`<div class="notice-page">
    ${icon('triangle-alert')}
    <h1>This page could not be shown</h1>
    <p>${sentenceOf(error)}</p>
    <p class="muted">Your photos and everything you did are safe.</p>
    <button type="button" class="btn btn-primary" @click=${again}>Try again</button></div>`, host);
}
