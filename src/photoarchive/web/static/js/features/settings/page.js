/** The Settings page: one section at a time, chosen at the side; everything saves on change. */
import { html, nothing, render } from 'lit-html';
import { listKeys, offeredKeys } from 'pa/core/keys.js';
import { route } from 'pa/core/router.js';
import { effect } from 'pa/core/signals.js';
import 'pa/features/settings/about.js';
import 'pa/features/settings/backups.js';
import 'pa/features/settings/cache.js';
import { CACHE, GENERAL, PEOPLE, PREVIEW_SIZES, SEARCH, SEARCH_WORK, WORK } from 'pa/features/settings/fields.js';
import { askWhatBecomes } from 'pa/features/settings/refresh.js';
import 'pa/features/settings/setting.js';
import { followSettings, loadSettings, resetSettings } from 'pa/features/settings/state.js';
import { sentenceOf } from 'pa/core/http.js';
import { confirmDialog } from 'pa/ui/dialog.js';
import { icon } from 'pa/ui/icons.js';
import { keyTable } from 'pa/ui/key_table.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {import('pa/features/settings/fields.js').Field} Field */
/** @typedef {{name: string, label: string, icon: string, content: () => unknown}} Section */

/** @type {Section[]} */
const SECTIONS = [
  { name: 'general', label: 'General', icon: 'settings', content: general },
  { name: 'sources', label: 'Sources', icon: 'hard-drive', content: sourcesSection },
  { name: 'previews', label: 'Previews & cache', icon: 'images', content: previews },
  { name: 'work', label: 'Background work', icon: 'activity', content: () => html`${fields(WORK)}${fields(SEARCH_WORK)}` },
  { name: 'models', label: 'Search models', icon: 'layers', content: () => html`<pa-models></pa-models>${search()}` },
  { name: 'deep', label: 'Deep search', icon: 'hourglass', content: () => html`<pa-deep></pa-deep>` },
  { name: 'people', label: 'People', icon: 'users', content: people },
  { name: 'map', label: 'Map', icon: 'map', content: map },
  { name: 'backup', label: 'Export & backup', icon: 'save', content: () => html`<pa-backups></pa-backups>` },
  { name: 'keyboard', label: 'Keyboard', icon: 'keyboard', content: keyboard },
  { name: 'about', label: 'About', icon: 'info', content: () => html`<pa-about></pa-about>` },
];

export default {
  title: 'Settings',
  /** @param {HTMLElement} host */
  async mount(host) {
    await loadSettings();
    const off = [followSettings(), effect(() => {
      if (route.value.page !== 'settings') return;
      render(template(), host);
      host.querySelector('.settings-nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
    })];
    return () => { for (const stop of off) stop(); };
  },
};

function template() {
  const wanted = route.value.params.section ?? route.value.query.get('section');
  const section = SECTIONS.find((one) => one.name === wanted) ?? SECTIONS[0];
  if (!section) return nothing;
  return html`<div class="settings">
    <nav class="settings-nav" aria-label="Settings"><ul role="list">${SECTIONS.map((one) => html`<li><a href=${`/settings/${one.name}`}
      aria-current=${one === section ? 'page' : nothing}>${icon(one.icon)}<span>${one.label}</span></a></li>`)}
      <li><a href="/history">${icon('history')}<span>History</span></a></li></ul></nav>
    <div class="settings-body" data-section=${section.name}><h1>Settings</h1><h2>${section.label}</h2>${section.content()}</div></div>`;
}

/** @param {Field[]} list */
function fields(list) {
  return html`<div class="setting-list">${list.map((field) => html`<pa-setting .field=${field}
    .saved=${field.remakes ? askWhatBecomes : null}></pa-setting>`)}</div>`;
}

function search() {
  return html`<section class="settings-block" aria-labelledby="cut-off-title"><h3 id="cut-off-title">What a search shows</h3>${fields(SEARCH)}</section>
    <pa-kept-results></pa-kept-results>`;
}

function general() {
  return html`${fields(GENERAL)}
    <section class="settings-block" aria-labelledby="reset-title"><h3 id="reset-title">Start over</h3>
      <p class="muted">Puts every setting back to its default. Photos, flags, stars and folders are not touched.</p>
      <div><button type="button" class="btn" @click=${reset}>${icon('rotate-ccw')}Reset all settings…</button></div></section>`;
}

function sourcesSection() {
  return html`<p class="muted">The folders photoArchive looks after. Originals are never changed.</p><pa-source-questions class="stack"></pa-source-questions>
    <pa-source-table></pa-source-table><p><a href="/catalog">Add a folder on the Catalog page</a></p>`;
}

function previews() {
  return html`<pa-cache-status></pa-cache-status>${fields(CACHE)}${fields(PREVIEW_SIZES)}`;
}

function people() {
  return html`<p class="muted">Faces are found and compared on this machine only. Names and answers you give stay, whatever you change here.</p>${fields(PEOPLE)}
    <p><a href="/people">Open People</a> · <a href="/settings/models">The face model</a></p>`;
}

function map() {
  return html`<p class="muted">The world map and the names of places came with the installation. Looking at the map asks no other machine for anything, and nobody learns where your photos were taken.</p>
    <p class="muted">Map: Natural Earth, public domain. Place names: GeoNames, CC BY 4.0.</p>
    <p><a href="/map">Open the Map</a></p>`;
}

function keyboard() {
  return html`<p class="muted">On every page <kbd>?</kbd> shows what is possible there.</p>${keyTable([...listKeys(['global'])])}
    ${offeredKeys().map((page) => html`<section class="settings-block"><h3 class="keys-page">${page.title}</h3>${keyTable(page.groups, 4)}</section>`)}`;
}

async function reset() {
  const sure = await confirmDialog({
    title: 'Reset all settings?',
    confirm: 'Reset settings',
    danger: true,
    body: html`<p>Sizes of previews, the cache folder and its room, the work mode and all other settings go back to their defaults.
      Previews in another cache folder stay there and are no longer used.</p>`,
  });
  if (!sure) return;
  try {
    await resetSettings();
    showToast('All settings are at their defaults.', { kind: 'done' });
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}
