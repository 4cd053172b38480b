/** After a new preview size or quality: keep the previews that exist, or make them again in the background. */
import { html } from 'lit-html';
import { settings } from 'pa/features/settings/state.js';
import { openDialog } from 'pa/ui/dialog.js';

/** @typedef {import('pa/features/settings/fields.js').Field} Field */

/**
 * Ask before a change that makes existing previews old. False when the user thinks better of it.
 * @param {Field} field @param {unknown} value
 */
export async function askRefresh(field, value) {
  if (settings.value?.settings[field.key] === value) return true;
  const answer = await openDialog({
    title: `Change ${field.label.toLowerCase()} to ${value}${field.unit ? ` ${field.unit}` : ''}?`,
    body: html`<p>Previews that exist were made with the old value. They stay usable until they are replaced.</p>`,
    actions: [{ label: 'Cancel', value: undefined }, { label: 'Keep them', value: 'keep' }, { label: 'Make them again', value: 'refresh', kind: 'primary' }],
  });
  return answer !== undefined;
}
