/** The layout worker: keeps the aspect ratios of one view and lays it out again whenever width or row height change. */
import { layoutView } from './layout.js';

/** @type {import('./layout.js').LayoutInput | null} */
let input = null;

/** @param {MessageEvent<{input?: import('./layout.js').LayoutInput, options: import('./layout.js').LayoutOptions, ticket: number}>} message */
self.onmessage = ({ data }) => {
  if (data.input) input = data.input;
  if (!input) return;
  const started = performance.now();
  const layout = layoutView(input, data.options);
  const milliseconds = performance.now() - started;
  const { rowFirst, rowTop, rowHeight, rowScale, sectionRow, sectionTop, months } = layout;
  const transfer = [rowFirst, rowTop, rowHeight, rowScale, sectionRow, sectionTop, months].map((column) => column.buffer);
  self.postMessage({ ticket: data.ticket, layout, milliseconds }, { transfer });
};
