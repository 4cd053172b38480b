/** How a source and its scans are put into words. Without DOM. */
import { ago, count, duration, plural } from 'pa/core/format.js';

/** @typedef {import('pa/features/sources/state.js').Source} Source */

/** @type {Record<string, {label: string, icon: string, meaning: string}>} */
const STATES = {
  online: { label: 'Connected', icon: 'circle-check', meaning: 'The folder can be read.' },
  offline: { label: 'Not connected', icon: 'unplug', meaning: 'The drive is away. Its photos stay here with their previews; connect it to open originals.' },
  scanning: { label: 'Scanning', icon: 'refresh-cw', meaning: 'Looking for photos that are new, changed or gone.' },
  queued: { label: 'Waiting to scan', icon: 'hourglass', meaning: 'Another folder on the same drive is scanned first.' },
  removed: { label: 'Hidden', icon: 'eye-off', meaning: 'Everything about it is kept. Restore it to see its photos again.' },
};

const TRASH = { label: 'In the trash', icon: 'trash-2', meaning: 'Its catalog data is deleted 30 days after it was removed. Until then it can be restored.' };

/** @param {Source} source */
export function stateOf(source) {
  if (source.in_trash) return TRASH;
  return STATES[source.state] ?? { label: source.state, icon: 'info', meaning: '' };
}

/** "1,812 photos, 14 videos" @param {Source} source */
export function contents(source) {
  const videos = source.video_count;
  const photos = Math.max(0, source.active_image_count - videos);
  const parts = [];
  if (photos || !videos) parts.push(plural(photos, 'photo'));
  if (videos) parts.push(plural(videos, 'video'));
  return parts.join(', ');
}

/** What the last scan found, as parts to show: only what is not zero. @param {Source} source */
export function findings(source) {
  const scan = source.last_scan;
  if (!scan || !source.last_scan_at) return [];
  const parts = [[scan.new, 'new'], [scan.changed, 'changed'], [scan.moved, 'moved'], [scan.missing, 'missing']];
  const found = parts.filter(([value]) => Number(value) > 0).map(([value, name]) => `${count(Number(value))} ${name}`);
  if (scan.copies) found.push(plural(scan.copies, 'copy', 'copies'));
  return found.length ? found : ['nothing new'];
}

/** "5 minutes ago, in 12 s" @param {Source} source @param {number} [now] */
export function lastScan(source, now) {
  if (!source.last_scan_at) return 'never';
  const when = ago(source.last_scan_at, now);
  const seconds = source.last_scan?.seconds;
  return seconds && seconds >= 1 ? `${when}, took ${duration(seconds)}` : when;
}

/** While a scan runs: "1,204 photos found, 31 new" @param {Source} source */
export function scanning(source) {
  if (source.state === 'queued') return 'Waiting for its turn';
  if (!source.scan) return 'Starting…';
  const { found } = source.scan;
  return `${plural(found, 'file')} found, ${count(source.scan.new)} new`;
}
