/** What other parts show of a photo in its details. A part registers its section; the info panel shows them in order. */
import { signal } from 'pa/core/signals.js';

/** @typedef {{name: string, order: number, template: (id: number) => unknown}} InfoSection */

/** @type {import('pa/core/signals.js').Signal<InfoSection[]>} */
export const infoSections = signal([]);

/** @param {InfoSection} section */
export function registerInfoSection(section) {
  infoSections.value = [...infoSections.peek().filter(({ name }) => name !== section.name), section].sort((a, b) => a.order - b.order);
}
