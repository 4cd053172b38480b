/** After a new preview size or quality: keep the previews that exist, or make them again in the background. */
import { html } from 'lit-html';
import { plural } from 'pa/core/format.js';
import { getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { openDialog } from 'pa/ui/dialog.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {'keep'|'refresh'} Policy */

/** Ask what becomes of previews that no longer fit the settings; silent when there are none. */
export async function askWhatBecomes() {
  try {
    const { disk } = await getJson('/api/cache/status');
    const tiers = /** @type {{stale?: number}[]} */ (Object.values(disk.tiers));
    const stale = tiers.reduce((sum, tier) => sum + (tier.stale ?? 0), 0);
    if (stale) await ask(stale);
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}

/** @param {Policy} policy */
export async function setPolicy(policy) {
  try {
    await postJson('/api/cache/stale', { policy });
    showToast(policy === 'refresh' ? 'Previews are made again in the background. The old ones stay until then.' : 'The previews that exist are kept.', { kind: 'done' });
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}

/** @param {number} stale */
async function ask(stale) {
  const answer = await openDialog({
    title: 'What about the previews that exist?',
    body: html`<p>${plural(stale, 'preview')} ${stale === 1 ? 'was' : 'were'} made with other values. They can stay as they are, or be made again in the background;
      until then they stay usable.</p>`,
    actions: [{ label: 'Keep them', value: 'keep' }, { label: 'Make them again', value: 'refresh', kind: 'primary' }],
  });
  if (answer) await setPolicy(answer);
}
