/** What other parts lay over a large photo. A part registers its layer; the stage draws it inside the photo's frame, so it follows zoom and move. */
import { signal } from 'pa/core/signals.js';

/** @typedef {{name: string, template: (id: number) => unknown}} StageLayer */

/** @type {import('pa/core/signals.js').Signal<StageLayer[]>} */
export const stageLayers = signal([]);

/** @param {StageLayer} layer its template reads signals; positions are percentages of the photo */
export function registerStageLayer(layer) {
  stageLayers.value = [...stageLayers.peek().filter(({ name }) => name !== layer.name), layer];
}
