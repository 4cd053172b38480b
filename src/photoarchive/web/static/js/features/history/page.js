/** The History page: what was done, when, and whether it was undone. */
import { html, nothing, render } from 'lit-html';
import { onServer } from 'pa/core/events.js';
import { ago, count, dateTime, plural } from 'pa/core/format.js';
import { getJson, newest, windowId } from 'pa/core/http.js';
import { withKey } from 'pa/core/keys.js';
import { route, navigate } from 'pa/core/router.js';
import { batch, effect, signal } from 'pa/core/signals.js';
import { redo, undo } from 'pa/ui/undo.js';
import { icon } from 'pa/ui/icons.js';

/** @typedef {{id: number, kind: string, label: string, count: number, at: number, undone: boolean, window: string}} Action */

const PAGE_SIZE = 50;
const ICONS = new Map([['flag', 'flag'], ['stars', 'star'], ['keyword', 'tag'], ['keywords', 'tag'], ['label', 'palette'], ['saved_view', 'bookmark'], ['compare', 'scale'], ['mosaic', 'scale']]);

const actions = signal(/** @type {Action[]} */ ([]));
const total = signal(0);
/** What is shown is at least as new as this revision of the history. */
let readAt = Infinity;
const ask = newest();

export default {
  title: 'History',
  /** @param {HTMLElement} host */
  async mount(host) {
    let page = pageNumber();
    await load(page);
    const off = [
      effect(() => { render(template(), host); }),
      effect(() => {
        if (route.value.page !== 'history' || pageNumber() === page) return;
        page = pageNumber();
        void load(page).then(() => host.scrollTo(0, 0));
      }),
      onServer('history', refresh),
      onServer('marks', refresh),
      onServer('hello', ({ history = 0 }) => { if (history > readAt) refresh(); }),
    ];
    return () => { for (const stop of off) stop(); };
  },
};

/** Something was done, here or elsewhere. */
function refresh() {
  void load(pageNumber(), true).catch(() => {}); // that the server is away is said by the Work bar
}

/** @param {number} page @param {boolean} [automatic] */
async function load(page, automatic = false) {
  const isNews = ask(), answer = await getJson(`/api/history?limit=${PAGE_SIZE}&offset=${page * PAGE_SIZE}`, { automatic });
  if (!isNews() || page !== pageNumber()) return;
  readAt = answer.revision;
  batch(() => {
    actions.value = answer.actions;
    total.value = answer.total;
  });
}

function pageNumber() {
  return Math.max(0, Math.floor(Number(route.value.query.get('page') ?? 1)) - 1 || 0);
}

function template() {
  const list = actions.value;
  return html`<div class="page-column">
    <header class="page-head"><h1>History</h1><p class="muted">${total.value ? plural(total.value, 'action') : nothing}</p>
      <span class="history-verbs"><button type="button" class="btn" ?disabled=${!total.value} title=${withKey('Undo', 'Ctrl+Z')} @click=${undo}>${icon('undo-2')}Undo</button>
        <button type="button" class="btn" ?disabled=${!total.value} title=${withKey('Redo', 'Ctrl+Shift+Z')} @click=${redo}>${icon('redo-2')}Redo</button></span></header>
    ${list.length ? html`<ol role="list" class="history" aria-label="Actions, newest first">${list.map(row)}</ol>${pager()}`
      : html`<p class="muted">Nothing has been done yet. Flags, stars and every other change appear here and can be undone.</p>`}
  </div>`;
}

/** @param {Action} action */
function row(action) {
  return html`<li class="history-row" data-action-id=${action.id} data-undone=${String(action.undone)}>
    ${icon(ICONS.get(action.kind) ?? 'pencil')}
    <span class="history-label break">${action.label}</span>
    <span class="history-count">${action.count ? plural(action.count, 'photo') : nothing}</span>
    <span class="history-state">${action.undone ? 'Undone' : action.window === windowId ? 'This window' : nothing}</span>
    <time class="history-time" datetime=${new Date(action.at * 1000).toISOString()} title=${dateTime(action.at)}>${ago(action.at)}</time></li>`;
}

function pager() {
  const page = pageNumber();
  const pages = Math.ceil(total.value / PAGE_SIZE);
  if (pages <= 1) return nothing;
  const go = (/** @type {number} */ to) => navigate(to ? `/history?page=${to + 1}` : '/history');
  return html`<nav class="pager" aria-label="Pages of the history">
    <button type="button" class="btn" ?disabled=${page === 0} @click=${() => go(page - 1)}>${icon('chevron-left')}Newer</button>
    <span class="muted">Page ${count(page + 1)} of ${count(pages)}</span>
    <button type="button" class="btn" ?disabled=${page + 1 >= pages} @click=${() => go(page + 1)}>Older${icon('chevron-right')}</button></nav>`;
}
