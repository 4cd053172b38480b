/** The three work modes in words: the same in the Work panel, the setup guide and Settings. */

/** @typedef {'browse'|'light'|'max'} WorkMode */

/** @type {readonly {value: WorkMode, label: string, meaning: string}[]} */
export const WORK_MODES = [
  { value: 'browse', label: 'Browse', meaning: 'Only what you look at. Nothing is prepared in the background.' },
  { value: 'light', label: 'Light', meaning: 'Works when the machine is quiet and steps back when you act. Good for most.' },
  { value: 'max', label: 'Max', meaning: 'Works as fast as the machine allows, for the first night. Still yields to you.' },
];

/** @param {string} mode */
export function modeMeaning(mode) {
  return WORK_MODES.find((choice) => choice.value === mode)?.meaning ?? '';
}
