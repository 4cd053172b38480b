/** Short messages at the bottom (#toast), one at a time, with at most one action such as Undo. */
import { html, nothing, render } from 'lit-html';
import { icon } from 'pa/ui/icons.js';

/** @typedef {{label: string, run: () => unknown}} ToastAction */
/** @typedef {{action?: ToastAction, kind?: 'info'|'done'|'error', seconds?: number}} ToastOptions */

const SECONDS = 6;
const ERROR_SECONDS = 12;
const KIND_ICONS = { info: 'info', done: 'circle-check', error: 'triangle-alert' };

/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} text @param {ToastOptions} [options] @returns {() => void} closes it */
export function showToast(text, { action, kind = 'info', seconds } = {}) {
  const host = toastHost();
  const close = () => hide(host);
  const act = () => {
    close();
    action?.run();
  };
  host.dataset.kind = kind;
  render(html`${icon(KIND_ICONS[kind])}<span class="toast-text">${text}</span>
    ${action ? html`<button class="btn btn-small" type="button" @click=${act}>${action.label}</button>` : nothing}
    <button class="btn-icon" type="button" aria-label="Close message" @click=${close}>${icon('x')}</button>`, host);
  raise(host);
  const wait = 1000 * (seconds ?? (kind === 'error' ? ERROR_SECONDS : SECONDS));
  const start = () => { clearTimeout(timer); timer = setTimeout(close, wait); };
  host.onpointerenter = host.onfocus = () => clearTimeout(timer);
  host.onpointerleave = host.onblur = start;
  start();
  return close;
}

/** Put it above everything, an open dialog too. @param {HTMLElement} host */
function raise(host) {
  if (host.matches(':popover-open')) host.hidePopover();
  host.showPopover();
}

/** @param {HTMLElement} host */
function hide(host) {
  clearTimeout(timer);
  if (host.matches(':popover-open')) host.hidePopover();
}

function toastHost() {
  const host = document.getElementById('toast');
  if (!host) throw new Error('The shell has no #toast.');
  return host;
}
