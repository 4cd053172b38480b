/** The dialogs of one source: remove, exclusions, per-file errors. Each says what it changes and what it leaves. */
import { html, nothing } from 'lit-html';
import { count, plural } from 'pa/core/format.js';
import { sentenceOf } from 'pa/core/http.js';
import { sourceErrors } from 'pa/features/sources/state.js';
import { contents } from 'pa/features/sources/words.js';
import { openDialog } from 'pa/ui/dialog.js';
import { icon } from 'pa/ui/icons.js';

/** @typedef {import('pa/features/sources/state.js').Source} Source */
/** @typedef {import('pa/features/sources/state.js').FileError} FileError */
/** @typedef {import('pa/ui/dialog.js').DialogControl} DialogControl */

/**
 * Ask how to remove a source. Deleting needs a tick beside the sentence that names what is lost.
 * @param {Source} source @returns {Promise<'keep' | 'delete' | undefined>}
 */
export function askRemove(source) {
  let mode = /** @type {'keep' | 'delete'} */ ('keep');
  let sure = false;
  /** @type {DialogControl} */
  let control;
  const choose = (/** @type {'keep' | 'delete'} */ value) => { mode = value; control.redraw(); };
  const tick = (/** @type {Event} */ event) => { sure = /** @type {HTMLInputElement} */ (event.target).checked; control.redraw(); };
  const body = (/** @type {DialogControl} */ given) => {
    control = given;
    return html`<p class="break">${source.path}: ${contents(source)}.</p>
      <p class="add-promise">${icon('shield-check')}Your files stay where they are. Originals are never changed.</p>
      <div class="choices" role="radiogroup" aria-label="How to remove">
        ${removeChoice('keep', mode, choose, 'Hide it, keep everything', 'Its photos leave the Library. Flags, stars, ratings, names and previews are kept; Restore brings all of it back.')}
        ${removeChoice('delete', mode, choose, 'Delete its catalog data', 'What photoArchive knows about these photos is deleted. It stays in the trash for 30 days.')}
      </div>
      ${mode === 'delete' ? html`<div class="banner banner-bad">${icon('triangle-alert')}<div class="banner-text">
        <p>Lost for ${contents(source)}: flags, stars, ratings, keywords, captions, names of people, and all previews.</p>
        <label class="check"><input type="checkbox" .checked=${sure} @change=${tick}>I want to delete this data</label></div></div>` : nothing}`;
  };
  return openDialog({
    title: `Remove ${source.display_name}?`,
    size: 'medium',
    body,
    actions: () => [
      { label: 'Cancel', value: undefined },
      mode === 'keep' ? { label: 'Hide source', value: 'keep', kind: 'primary' } : { label: 'Delete catalog data', value: 'delete', kind: 'danger', disabled: !sure },
    ],
  });
}

/** @param {'keep'|'delete'} value @param {string} mode @param {(value: 'keep'|'delete') => void} choose @param {string} label @param {string} meaning */
function removeChoice(value, mode, choose, label, meaning) {
  return html`<label class="choice"><input type="radio" name="remove-mode" value=${value} .checked=${mode === value} @change=${() => choose(value)}>
    <span><b>${label}</b><small>${meaning}</small></span></label>`;
}

/**
 * Edit the exclusions of a source: one pattern a line. `save` sends them and may throw a sentence.
 * @param {Source} source @param {(globs: string[]) => Promise<void>} save
 */
export function editExclusions(source, save) {
  let text = source.exclude.join('\n');
  let error = '';
  let busy = false;
  const store = async (/** @type {DialogControl} */ control) => {
    busy = true;
    control.redraw();
    try {
      await save(text.split('\n').map((line) => line.trim()).filter(Boolean));
      control.close(true);
    } catch (problem) {
      error = sentenceOf(problem);
      busy = false;
      control.redraw();
    }
  };
  return openDialog({
    title: `Exclusions of ${source.display_name}`,
    size: 'medium',
    actions: [],
    body: (/** @type {DialogControl} */ control) => html`
      <label class="stack"><span>Files and folders to leave out, one pattern a line</span>
        <textarea class="field-input exclude-text" rows="8" spellcheck="false" autocapitalize="off" placeholder=${'*_backup\nScreenshots/*'}
          aria-invalid=${String(error !== '')} .value=${text}
          @input=${(/** @type {Event} */ event) => { text = /** @type {HTMLTextAreaElement} */ (event.target).value; }}></textarea></label>
      <p class="muted"><code>*</code> stands for any letters, <code>?</code> for one. A pattern with <code>/</code> is a path inside the folder.
        Photos that are already in the catalog leave the Library at the next scan; nothing is deleted.</p>
      ${error ? html`<p class="field-error" role="alert">${icon('triangle-alert')}${error}</p>` : nothing}
      <div class="dialog-inline-foot"><button type="button" class="btn" @click=${() => control.close()}>Cancel</button>
        <button type="button" class="btn btn-primary" ?disabled=${busy} @click=${() => store(control)}>Save and rescan</button></div>`,
  });
}

/** The files of a source that could not be read, with their reasons. @param {Source} source */
export function showErrors(source) {
  /** @type {FileError[]} */
  let errors = [];
  let total = source.error_count;
  let problem = '';
  const load = async (/** @type {DialogControl} */ control) => {
    try {
      const page = await sourceErrors(source.id, errors.length);
      errors = [...errors, ...page.errors];
      total = page.total;
    } catch (error) {
      problem = sentenceOf(error);
    }
    control.redraw();
  };
  return openDialog({
    title: `${plural(total, 'file')} could not be read`,
    size: 'wide',
    opened: (control) => void load(control),
    body: (/** @type {DialogControl} */ control) => html`
      <p class="muted">They were left as they are. Each is tried again when it changes.</p>
      <ul role="list" class="file-errors" tabindex="0" aria-label="Files">${errors.map((error) => html`<li><span class="break">${error.path}</span><small class="break">${error.reason}</small></li>`)}</ul>
      ${problem ? html`<p class="field-error" role="alert">${icon('triangle-alert')}${problem}</p>` : nothing}
      ${errors.length && total > errors.length ? html`<button type="button" class="btn" @click=${() => load(control)}>${count(total - errors.length)} more</button>` : nothing}`,
  });
}
