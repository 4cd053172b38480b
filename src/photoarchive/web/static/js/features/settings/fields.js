/** Every setting the page shows: its key, its words and its control. Ranges and defaults come from the server. */

/**
 * @typedef {object} Field
 * @property {string} key
 * @property {string} label
 * @property {string} meaning one line: what it changes for the user
 * @property {'number'|'switch'|'choice'|'folder'|'segments'} control
 * @property {string} [unit]
 * @property {number} [step]
 * @property {{value: string, label: string}[]} [options] names for the choices
 * @property {boolean} [remakes] previews made before no longer fit it
 * @property {string} [unset] what an empty field means, where it may be empty
 */

import { WORK_MODES } from 'pa/core/work_modes.js';

/** @type {Field[]} */
export const GENERAL = [
  {
    key: 'show_loupe_cache_status', label: 'Show which preview is on the screen', control: 'switch',
    meaning: 'The photo panel says which preview you see and whether the original is at hand.',
  },
];

/** @type {Field[]} */
export const PREVIEW_SIZES = [
  { key: 'thumb_size_sm', label: 'Small previews', unit: 'px', control: 'number', remakes: true, meaning: 'Long side of the pictures in the grid. Larger is sharper on big tiles and takes more room.' },
  { key: 'thumb_size_md', label: 'Medium previews', unit: 'px', control: 'number', remakes: true, meaning: 'Long side of the picture that the loupe shows first.' },
  { key: 'thumb_size_lg', label: 'Large previews', unit: 'px', control: 'number', remakes: true, meaning: 'Long side of the picture for big screens and zooming.' },
  { key: 'thumb_quality', label: 'Preview quality', control: 'number', remakes: true, meaning: 'JPEG quality of all previews. Originals are shown as they are.' },
];

/** @type {Field[]} */
export const CACHE = [
  { key: 'ssd_cache_dir', label: 'Cache folder', control: 'folder', meaning: 'Where previews and copies of originals are kept. A fast drive makes everything feel faster.' },
  { key: 'ssd_cache_gb', label: 'Room on the drive', unit: 'GB', step: 1, control: 'number', meaning: 'What was not looked at for longest makes way. Never more than 90 % of the free space is used.' },
  { key: 'memory_cache_gb', label: 'Room in memory', unit: 'GB', step: 0.1, control: 'number', meaning: 'Small and medium previews that are ready at once.' },
  {
    key: 'cache_profile', label: 'What the room is for', control: 'choice',
    options: [
      { value: 'browse_fast', label: 'Browsing: mostly large previews' },
      { value: 'balanced', label: 'Balanced' },
      { value: 'original_heavy', label: 'Originals: mostly copies of originals' },
    ],
    meaning: 'All small and medium previews come first; this shares out what is left.',
  },
];

/** @type {Field[]} */
export const WORK = [
  { key: 'background_work_mode', label: 'Work mode', control: 'segments', options: [...WORK_MODES], meaning: '' },
  { key: 'pregenerate_on_idle', label: 'Prepare previews ahead', control: 'switch', meaning: 'Makes previews of all photos while you are away, folder by folder.' },
  { key: 'background_thumb_workers', label: 'Photos at a time', control: 'number', meaning: 'More uses more of the processor.' },
  { key: 'pregen_generate_batch', label: 'Photos in one step', control: 'number', meaning: 'Work looks up between steps to see whether you need the machine.' },
  { key: 'pregen_batch_pause_ms', label: 'Rest between steps', unit: 'ms', step: 50, control: 'number', meaning: 'A longer rest keeps the drive quieter.' },
];

/** @type {Field[]} */
export const SEARCH_WORK = [
  { key: 'embed_batch_size', label: 'Photos in one step of the search index', control: 'number', meaning: 'A large model uses more memory with more.' },
  { key: 'embed_batch_pause_ms', label: 'Rest between steps of the search index', unit: 'ms', step: 50, control: 'number', meaning: 'A longer rest keeps the machine cooler and quieter.' },
];

/** @type {Field[]} */
export const PEOPLE = [
  { key: 'people_scan_enabled', label: 'Look for faces', control: 'switch', meaning: 'Finds faces in previews, on this machine, and groups those of one person. Off: what was found stays, nothing new is looked for.' },
  { key: 'face_similarity_threshold', label: 'How alike the faces of one person are', step: 0.01, control: 'number', unset: 'what fits the model', meaning: 'Higher mixes fewer people up and leaves more faces apart. Empty: what fits the model.' },
  { key: 'face_merge_suggestion_threshold', label: 'How alike people are to be asked about', step: 0.01, control: 'number', unset: 'what fits the model', meaning: 'Lower asks more questions under “To review”. Never more than the limit above.' },
  { key: 'face_detection_size', label: 'Picture size for finding faces', unit: 'px', step: 32, control: 'number', meaning: 'Larger finds smaller faces and takes longer. Counts for photos that are looked at from now on.' },
];

/** @type {Field[]} */
export const SEARCH = [
  { key: 'search_calibrated', label: 'Fit the cut-off to your photos', control: 'switch', meaning: 'A search shows what stands out of your other photos. Off: the fixed limit decides, the same for every search.' },
  { key: 'search_similarity_threshold', label: 'Fixed limit', step: 0.01, control: 'number', meaning: 'How close a photo must be to the words while the switch above is off. Higher finds fewer; what fits depends on the model.' },
];

/** A value as words, for "Default: …". @param {Field} field @param {unknown} value */
export function asWords(field, value) {
  if (field.control === 'switch') return value ? 'on' : 'off';
  if (field.unset && value === null) return field.unset;
  const named = field.options?.find((option) => option.value === value)?.label;
  if (named) return named;
  return field.unit ? `${value} ${field.unit}` : String(value);
}

/** The limits of a setting in words, "" when there are none. @param {{min?: number, max?: number, choices?: unknown[]} | undefined} range @param {string} [unit] */
export function rangeWords(range, unit) {
  if (range?.min === undefined || range.max === undefined) return '';
  return `${range.min}–${range.max}${unit ? ` ${unit}` : ''}`;
}
