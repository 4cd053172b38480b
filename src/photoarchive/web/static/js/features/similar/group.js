/** One group of duplicates: its photos side by side, what differs, which one to keep and why, and the verbs. */
import { html, nothing } from 'lit-html';
import { bytes, dateTime, plural } from 'pa/core/format.js';
import { withKey } from 'pa/core/keys.js';
import { icon } from 'pa/ui/icons.js';

/** @typedef {import('./state.js').DuplicatesState} DuplicatesState */
/** @typedef {import('./state.js').Group} Group */
/** @typedef {import('./state.js').Photo} Photo */

/** Facts by the words a person would use. @type {Record<string, string>} */
const FACT_WORDS = { size: 'file size' };
const KIND_TITLES = { same: 'Same picture', near: 'Nearly the same', burst: 'Burst' };
/** Up to so many photos are shown large. */
const LARGE = 4;

/** @param {DuplicatesState} state @param {Group} group */
export function groupCard(state, group) {
  const focus = state.focus.value, current = focus.group === group.id, stays = state.stays(group);
  const hidden = group.image_ids.length - group.images.length;
  return html`<article class="dup-group" data-group-id=${group.id} ?data-current=${current} aria-label=${title(group)}
      @focusin=${() => { if (state.focus.peek().group !== group.id) state.focus.value = { group: group.id, photo: 0 }; }}>
    <header class="dup-head"><h2>${KIND_TITLES[group.kind]}</h2>
      <p class="muted">${plural(group.image_ids.length, 'photo')}${group.differs.length ? ` · differ in ${group.differs.map((name) => FACT_WORDS[name] ?? name).join(', ')}` : ' · no difference in size, date or place'}</p></header>
    <div class="dup-photos" ?data-large=${group.images.length <= LARGE}>
      ${group.images.map((photo, at) => photoCard(state, group, photo, { at, stays: stays.has(photo.id), focused: current && focus.photo === at }))}
      ${hidden > 0 ? html`<p class="dup-more muted">and ${plural(hidden, 'more photo')}</p>` : nothing}
    </div>
    ${group.decided ? html`<p class="dup-decided">${icon('circle-check')}Decided. Undo it on the History page, or decide again.</p>` : nothing}
    <div class="dup-verbs">
      <button type="button" class="btn btn-primary" data-verb="keep" title=${withKey('Flag the others as rejected', current ? 'x' : '')} @click=${() => state.decide(group, 'keep')}>${icon('check')}${keepLabel(stays.size)}</button>
      <button type="button" class="btn" data-verb="keep_all" title=${withKey('Keep all', current ? 'a' : '')} @click=${() => state.decide(group, 'keep_all')}>${icon('images')}Keep all</button>
      <button type="button" class="btn" data-verb="not_duplicates" title=${withKey('They are different photos', current ? 'n' : '')} @click=${() => state.decide(group, 'not_duplicates')}>${icon('x')}Not duplicates</button>
    </div></article>`;
}

/** @param {number} count */
function keepLabel(count) {
  return count === 1 ? 'Keep this, reject the others' : `Keep these ${count}, reject the others`;
}

/** @param {Group} group */
function title(group) {
  return `${KIND_TITLES[group.kind]}, ${plural(group.image_ids.length, 'photo')}`;
}

/** @param {DuplicatesState} state @param {Group} group @param {Photo} photo @param {{at: number, stays: boolean, focused: boolean}} how */
function photoCard(state, group, photo, { at, stays, focused }) {
  const large = group.images.length <= LARGE;
  return html`<div class="dup-photo" data-photo-id=${photo.id} ?data-stays=${stays} ?data-focused=${focused} ?data-rejected=${photo.flag === 'rejected'}>
    <button type="button" class="dup-picture" aria-pressed=${String(stays)} tabindex=${focused ? '0' : '-1'}
      aria-label=${`${stays ? 'Keep' : 'Reject'} ${photo.filename}`} title=${withKey(stays ? 'Stays' : 'Keep this', 'k')}
      @click=${() => state.toggle(group, photo.id)} @focus=${() => { state.focus.value = { group: group.id, photo: at }; }}>
      <img src=${large ? photo.thumb_url.replace('/sm/', '/md/') : photo.thumb_url} alt="" loading="lazy" decoding="async">
      <span class="dup-mark">${icon(stays ? 'check' : 'ban')}${stays ? 'Keep' : 'Reject'}</span>
    </button>
    <div class="dup-facts">
      <a class="dup-name" href=${`/library/photo/${photo.id}`} title="Open in the loupe">${photo.filename}</a>
      ${fact(group, 'dimensions', photo.width && photo.height ? `${photo.width} × ${photo.height}` : '')}
      ${fact(group, 'size', bytes(photo.file_size))}
      ${fact(group, 'format', photo.file_ext.replace('.', '').toUpperCase())}
      ${fact(group, 'date', photo.date_taken ? dateTime(photo.date_taken) : 'No date')}
      ${fact(group, 'camera', photo.camera_model ?? (group.differs.includes('camera') ? 'No camera data' : ''))}
      ${fact(group, 'folder', photo.folder, tail(photo.folder))}
      ${photo.id === group.keeper ? html`<span class="dup-reason">${icon('star', { filled: true })}Suggested: ${lower(group.reason)}</span>` : nothing}
    </div></div>`;
}

/** A fact; one in which the photos differ stands out. @param {Group} group @param {string} name @param {string} text @param {string} [short] */
function fact(group, name, text, short = text) {
  if (!text) return nothing;
  return html`<span class="dup-fact" ?data-differs=${group.differs.includes(name)} title=${text}>${short}</span>`;
}

/** The end of a folder's path, which is where folders differ. @param {string} path */
function tail(path) {
  const parts = path.split('/');
  return parts.length > 3 ? `…/${parts.slice(-2).join('/')}` : path;
}

/** @param {string} text */
function lower(text) {
  return text.startsWith('RAW') ? text : text.charAt(0).toLowerCase() + text.slice(1);
}
