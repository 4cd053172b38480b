/** Shortcuts as a table of groups: in the `?` overlay and in Settings. */
import { html } from 'lit-html';
import { keyCaps } from 'pa/core/keys.js';

/** @param {[string, import('pa/core/keys.js').Binding[]][]} groups @param {3 | 4} [level] of the groups' headings */
export function keyTable(groups, level = 3) {
  return html`<div class="keys">${groups.map(([name, bindings]) => html`
    <section class="keys-group">${level === 3 ? html`<h3>${name}</h3>` : html`<h4>${name}</h4>`}
      <dl>${bindings.map((binding) => html`<div class="keys-row"><dt>${binding.label}</dt>
        <dd>${binding.keys.map((keys, index) => html`${index ? html`<span class="faint"> or </span>` : ''}${caps(keys)}`)}</dd></div>`)}</dl>
    </section>`)}</div>`;
}

/** @param {string} keys */
function caps(keys) {
  return keyCaps(keys).map((chord, index) => html`${index ? html`<span class="faint"> then </span>` : ''}${chord.map((part) => html`<kbd>${part}</kbd> `)}`);
}
