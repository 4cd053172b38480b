/** What the cards of models say. Without DOM. */
import { bytes, count, date, duration, plural } from 'pa/core/format.js';

/** @typedef {{phase: string, done: number, total: number, bytes_per_second: number, eta_seconds: number | null, file: string, sentence: string}} Install */
/** How far a model's index is. @typedef {{embedded: number, total: number, answers: boolean, earlier_answers?: boolean}} Index */
/** @typedef {{state: 'fits'|'slow'|'too_large'|'no_packages', sentence: string, device: string, precision: string}} Fit */
/** @typedef {{loaded?: boolean, loading?: boolean, device?: string, precision?: string, images_per_s?: number | null, error?: string, complete?: boolean}} Running */
/**
 * @typedef {{role: 'basic'|'daily'|'deep'|'faces', title: string, name: string, model_id: string, state: 'absent'|'installing'|'paused'|'checking'|'installed'|'wrong',
 *   sentence: string, enables: string, without: string, size: number, folder: string, own_folder: boolean, default_folder: boolean, installable: boolean,
 *   revision: string, version: string, commit: string, first_installed_at: number | null, checked: number, fit: Fit | null, install: Install | null, running: Running | null}} Model
 */

/** @type {Record<Model['state'], string>} */
export const STATE_WORDS = {
  absent: 'Not installed', installing: 'Installing', paused: 'Paused', checking: 'Checking', installed: 'Installed', wrong: 'Cannot be used',
};

/** Share that has arrived, null while the hub has not answered. @param {Install} install */
export function installFraction(install) {
  return install.total ? Math.min(1, install.done / install.total) : null;
}

/** "1.2 GB of 4 GB · 12 MB/s · 4 min left" @param {Install} install */
export function installWords(install) {
  if (install.phase === 'asking') return 'Asking the hub what there is to fetch…';
  if (install.phase === 'checking') return 'Checking the files…';
  const parts = [`${bytes(install.done)} of ${bytes(install.total)}`];
  if (install.bytes_per_second > 0) parts.push(`${bytes(install.bytes_per_second)}/s`);
  if (install.eta_seconds !== null && install.bytes_per_second > 0) parts.push(`${duration(install.eta_seconds)} left`);
  return parts.join(' · ');
}

/** "NVIDIA H100, bfloat16 · 41 photos a second" of a model that runs, "" otherwise. @param {Running | null} running */
export function runningWords(running) {
  if (!running) return '';
  if (running.error) return running.error;
  if (running.loading) return 'Being loaded…';
  if (!running.loaded) return 'Loaded when it is needed';
  const device = [running.device, running.precision].filter(Boolean).join(', ');
  return [device, running.images_per_s ? speedWords(running.images_per_s) : ''].filter(Boolean).join(' · ');
}

/** "1,204 of 30,112 photos looked at · answers searches now", "… · its earlier index answers searches until then" @param {Index | null | undefined} index */
export function indexWords(index) {
  if (!index?.total) return '';
  const seen = index.embedded < index.total ? `${count(index.embedded)} of ${plural(index.total, 'photo')} looked at` : `All ${plural(index.total, 'photo')} looked at`;
  if (index.earlier_answers) return `${seen} · its earlier index answers searches until then`;
  return index.answers ? `${seen} · answers searches now` : seen;
}

/** "12 photos a second", "one photo takes 8 s" @param {number} perSecond */
export function speedWords(perSecond) {
  if (perSecond >= 1) return `${Math.round(perSecond)} ${Math.round(perSecond) === 1 ? 'photo' : 'photos'} a second`;
  return `one photo takes ${duration(1 / perSecond)}`;
}

/** "1a2b3c4d, first installed 22 Nov 2026" @param {Model} model */
export function versionWords(model) {
  if (model.commit) return `${model.commit.slice(0, 8)}, first installed ${date(model.first_installed_at ?? 0)}`;
  return model.version ? `Files ${model.version.slice(0, 8)}` : '';
}
