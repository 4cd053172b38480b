/** The Catalog page: which folders photoArchive looks after. */
import { html, nothing, render } from 'lit-html';
import { plural } from 'pa/core/format.js';
import { effect } from 'pa/core/signals.js';
import 'pa/features/sources/add_folder.js';
import 'pa/features/sources/guide.js';
import { followSources, loadSources, sources } from 'pa/features/sources/state.js';
import 'pa/features/sources/table.js';

export default {
  title: 'Catalog',
  /** @param {HTMLElement} host */
  async mount(host) {
    const stopFollowing = followSources();
    try {
      await loadSources();
    } catch (error) {
      stopFollowing();
      throw error;
    }
    const stopDrawing = effect(() => { render(template(), host); });
    return () => {
      stopDrawing();
      stopFollowing();
    };
  },
};

function template() {
  const list = sources.value ?? [];
  const included = list.filter((source) => source.included).length;
  return html`<div class="page-column">
    ${included === 0 ? html`${firstRun()}${list.length ? html`<pa-source-table></pa-source-table>` : nothing}` : html`
      <header class="page-head"><h1>Catalog</h1><p class="muted">${plural(included, 'folder')}. Originals are never changed.</p></header>
      <pa-source-questions class="stack"></pa-source-questions>
      <pa-add-folder></pa-add-folder>
      <pa-source-table></pa-source-table>`}
    <pa-setup-guide></pa-setup-guide></div>`;
}

function firstRun() {
  return html`<header class="first-run"><h1>Your photos, on your own machine</h1>
    <p class="muted">Add a folder or a whole drive. photoArchive reads it, shows every photo and video in it, and contacts nobody.</p>
    <pa-add-folder .big=${true}></pa-add-folder></header>`;
}
