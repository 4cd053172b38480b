/** Dialogs: native <dialog> (focus stays inside, Escape closes, focus returns), titled, answering with a promise. */
import { html, nothing, render } from 'lit-html';
import { icon } from 'pa/ui/icons.js';

/** @typedef {{label: string, value: unknown, kind?: 'primary'|'danger'|'plain', disabled?: boolean}} DialogAction */
/** @typedef {{close: (value?: unknown) => void, redraw: () => void}} DialogControl */
/**
 * @typedef {object} DialogOptions
 * @property {string} title
 * @property {unknown} body a template, text, or a function of the control that gives one (drawn again by `redraw`)
 * @property {DialogAction[] | (() => DialogAction[])} [actions] default: one Close button
 * @property {'small'|'medium'|'wide'} [size]
 * @property {(control: DialogControl) => void | (() => void)} [opened] runs once; what it returns runs on closing
 */

let serial = 0;

/** @param {DialogOptions} options @returns {Promise<any>} the value of the pressed action, undefined on Escape or Close */
export function openDialog({ title, body, actions, size = 'small', opened }) {
  const dialog = document.createElement('dialog');
  const titleId = `dialog-title-${++serial}`;
  dialog.className = `dialog dialog-${size}`;
  dialog.setAttribute('aria-labelledby', titleId);
  return new Promise((resolve) => {
    /** @type {unknown} */
    let answer;
    /** @type {DialogControl} */
    const control = {
      close: (value) => { answer = value; dialog.close(); },
      redraw: () => draw(dialog, titleId, title, body, actions, control),
    };
    control.redraw();
    document.body.append(dialog);
    dialog.showModal();
    focusFirst(dialog);
    const cleanup = opened?.(control);
    dialog.addEventListener('click', (event) => { if (event.target === dialog && isOutside(dialog, event)) control.close(); });
    dialog.addEventListener('close', () => {
      if (cleanup) cleanup();
      dialog.remove();
      resolve(answer);
    });
  });
}

/** A question with a yes and a way back. @param {{title: string, body: unknown, confirm: string, danger?: boolean}} options @returns {Promise<boolean>} */
export async function confirmDialog({ title, body, confirm, danger = false }) {
  const answer = await openDialog({
    title,
    body,
    actions: [{ label: 'Cancel', value: false }, { label: confirm, value: true, kind: danger ? 'danger' : 'primary' }],
  });
  return answer === true;
}

/** @param {HTMLDialogElement} dialog @param {string} titleId @param {string} title @param {unknown} body @param {DialogOptions['actions']} actions @param {DialogControl} control */
function draw(dialog, titleId, title, body, actions, control) {
  const list = (typeof actions === 'function' ? actions() : actions) ?? [{ label: 'Close', value: undefined }];
  const content = typeof body === 'function' ? body(control) : body;
  render(html`
    <div class="dialog-head">
      <h2 id=${titleId}>${title}</h2>
      <button class="btn-icon" type="button" aria-label="Close" @click=${() => control.close()}>${icon('x')}</button>
    </div>
    <div class="dialog-body" tabindex=${nothing}>${content}</div>
    ${list.length ? html`<div class="dialog-foot">${list.map((action) => html`
      <button type="button" class="btn ${action.kind && action.kind !== 'plain' ? `btn-${action.kind}` : ''}"
        ?disabled=${action.disabled ?? false} @click=${() => control.close(action.value)}>${action.label}</button>`)}</div>` : nothing}`, dialog);
}

/** The first control of the body, else the first plain button: never the one that destroys. @param {HTMLDialogElement} dialog */
function focusFirst(dialog) {
  const wanted = dialog.querySelector('[autofocus]')
    ?? dialog.querySelector('.dialog-body :is(input, select, textarea, button, a[href]):not([disabled])')
    ?? dialog.querySelector('.dialog-foot button:not(.btn-danger)');
  if (wanted instanceof HTMLElement) wanted.focus();
}

/** @param {HTMLElement} dialog @param {MouseEvent} event */
function isOutside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
