/** An address where there is nothing: a link that is old or was typed wrong. */
import { html, render } from 'lit-html';
import { icon } from 'pa/ui/icons.js';

export default {
  title: 'Nothing here',
  /** @param {HTMLElement} host */
  mount(host) {
    render(html`<div class="notice-page">
      ${icon('search')}
      <h1>There is nothing at this address</h1>
      <p>The link may be old, or the address was typed wrong.</p>
      <a class="btn btn-primary" href="/library">Open the Library</a></div>`, host);
  },
};
