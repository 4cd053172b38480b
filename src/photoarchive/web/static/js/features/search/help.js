/** How to search: the parts of the search language with examples, in a popover under the box. */
import { html, nothing, render } from 'lit-html';
import { sentenceOf } from 'pa/core/http.js';
import { languageParts } from './state.js';

const SIGNS = [
  { example: 'dog on the beach', meaning: 'words are found by meaning, and in names, folders, captions and keywords' },
  { example: '-people', meaning: 'push away' },
  { example: '"fish market"', meaning: 'exactly these words, in text only' },
  { example: '-camera:canon', meaning: 'a minus turns any part round' },
];
const EDGE = 8;

/**
 * Open it, or close it when it is open. use: put an example into the box.
 * @param {HTMLElement} anchor @param {(example: string) => void} use
 */
export async function openSearchHelp(anchor, use) {
  const open = document.getElementById('search-language');
  if (open) {
    open.hidePopover();
    return;
  }
  const panel = document.createElement('section');
  panel.id = 'search-language';
  panel.className = 'menu search-language';
  panel.popover = 'auto';
  panel.setAttribute('aria-label', 'How to search');
  const draw = (/** @type {{example: string, meaning: string}[]} */ parts, failure = '') => render(html`
    <h2>How to search</h2>
    <p class="muted">Describe what is in the picture, and narrow it down with parts. Choose an example to try it.</p>
    ${failure ? html`<p role="alert">${failure}</p>` : nothing}
    <ul role="list">${[...SIGNS, ...parts].map(({ example, meaning }) => html`<li>
      <button type="button" @click=${() => { panel.hidePopover(); use(example); }}><code>${example}</code><span>${meaning}</span></button></li>`)}</ul>`, panel);
  draw([]);
  document.body.append(panel);
  anchor.setAttribute('aria-expanded', 'true');
  panel.addEventListener('toggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== 'closed') return;
    anchor.setAttribute('aria-expanded', 'false');
    if (panel.contains(document.activeElement)) anchor.focus();
    panel.remove();
  });
  panel.showPopover();
  const box = anchor.getBoundingClientRect(), { width } = panel.getBoundingClientRect();
  panel.style.left = `${Math.max(EDGE, Math.min(box.right - width, innerWidth - width - EDGE))}px`;
  panel.style.top = `${box.bottom + 6}px`;
  panel.style.maxHeight = `${innerHeight - box.bottom - 6 - EDGE}px`;
  panel.querySelector('button')?.focus();
  try {
    draw(await languageParts());
  } catch (error) {
    draw([], sentenceOf(error));
  }
}
