/** Photos that look like a part of the one in the loupe: draw a box around it. */
import { html, nothing } from 'lit-html';
import { getJson, sentenceOf } from 'pa/core/http.js';
import { registerKeys, withKey } from 'pa/core/keys.js';
import { navigate } from 'pa/core/router.js';
import { pen } from 'pa/grid/box-pen.js';
import { registerStageLayer } from 'pa/grid/stage-layers.js';
import { icon } from 'pa/ui/icons.js';
import { showToast } from 'pa/ui/toast.js';

/** @typedef {import('pa/grid/box-pen.js').Box} Box */

/** The pen is ours. */
const AREA = 'area';
/** Less of width or height is a few pixels of the preview. */
const LEAST_PART = 0.02;
/** An address names a part in ten thousandths of width and height. */
const STEPS = 10_000;

/** The button in the details of the loupe. */
export function areaButton() {
  const isDrawing = pen.value === AREA;
  return html`<button type="button" class="btn btn-small" data-verb="area" aria-pressed=${String(isDrawing)} title=${withKey('Search an area: draw a box', 'Shift+S')} @click=${toggle}>${icon('square-dashed-mouse-pointer')}${isDrawing ? 'Draw on the photo' : 'Search an area'}</button>`;
}

/** The address of the view of a part. @param {number} id @param {Box} box */
function areaAddress(id, [left, top, width, height]) {
  const near = (/** @type {number} */ value) => Math.round(value * STEPS);
  const x = near(left), y = near(top);
  return `/library?similar=${id}@${x}-${y}-${Math.min(near(width), STEPS - x)}-${Math.min(near(height), STEPS - y)}`;
}

/** @param {number} id @param {Box} box */
async function search(id, box) {
  if (Math.min(box[2], box[3]) < LEAST_PART) {
    showToast('That area is too small to search. Draw a larger box.');
    return;
  }
  try {
    const { note } = await getJson(`/api/look-alikes?ids=${id}&limit=1`);
    if (note) showToast(note);
    else navigate(areaAddress(id, box));
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}

function toggle() {
  pen.value = pen.peek() === AREA ? '' : AREA;
}

registerStageLayer({
  name: 'area',
  template: (id) => (pen.value === AREA ? html`<pa-box-pen .owner=${AREA} .photo=${id} @boxdrawn=${(/** @type {CustomEvent<Box>} */ { detail }) => void search(id, detail)}></pa-box-pen>` : nothing),
});

registerKeys('loupe', [{ keys: ['Shift+S'], label: 'Search an area: draw a box around it', group: 'Show', run: toggle }]);
