/** What the Work bar says at its right end: how many photos there are, and how many of them are selected. */
import { signal } from 'pa/core/signals.js';

/** Photos in the library, null until known. @type {import('pa/core/signals.js').Signal<number | null>} */
export const photoTotal = signal(null);

/** Selected photos on the current page; a page that has a selection writes it and clears it when it goes. */
export const selectedCount = signal(0);
