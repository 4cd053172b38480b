/** One question of the review: the face with its photo, who it may be, the whole group with odd ones marked, the answers. */
import { html, nothing } from 'lit-html';
import { count, plural } from 'pa/core/format.js';
import { withKey } from 'pa/core/keys.js';
import { icon } from 'pa/ui/icons.js';
import { styles } from 'pa/ui/styles.js';
import { checkedName, suggestNames } from './name-dialog.js';

/** @typedef {import('./review-state.js').ReviewState} ReviewState */
/** @typedef {import('./api.js').Question} Question */
/** @typedef {import('./api.js').Face} Face */

/** @param {ReviewState} review */
export function reviewTemplate(review) {
  const question = review.queue.value[0], total = review.total.value;
  if (review.failure.value) return html`<p class="people-note" role="alert">${icon('triangle-alert')}${review.failure.value}</p>`;
  if (total === null) return html`<div class="people-wait" aria-busy="true"></div>`;
  if (!question) return nothingLeft(review);
  const { subject, candidate } = question, face = subject.faces[0], same = question.kind === 'same';
  return html`<article class="question" data-question-id=${question.id} aria-label=${question.text}>
    <header class="question-head"><h2 class="break" aria-live="polite">${question.text}</h2>
      <p class="muted">${review.answered.value ? `${count(review.answered.value)} answered · ` : ''}${plural(total, 'question')} left</p></header>
    <div class="question-pictures">
      <figure class="question-photo">${face ? photoWithBox(face) : nothing}<figcaption class="muted">${face ? html`<a href=${`/library/photo/${face.photo_id}`}>${face.filename}</a>` : nothing}</figcaption></figure>
      <div class="question-pair">
        <figure>${face ? html`<img class="face-round is-large" src=${large(face)} alt="">` : nothing}<figcaption>${same ? subject.person?.label ?? 'This face' : 'This face'}</figcaption></figure>
        <figure>${candidate.faces[0] ? html`<img class="face-round is-large" src=${large(candidate.faces[0])} alt="">` : nothing}
          <figcaption class="break">${candidate.person ? html`<a href=${`/people/${candidate.person.id}`}>${candidate.person.label}</a>` : 'This face'}</figcaption></figure>
        ${candidate.faces.length > 1 ? html`<div class="question-known"><p class="muted">${candidate.person?.name ? html`More of <b class="break">${candidate.person.name}</b>` : 'More of the person on the right'}</p>
          <div class="face-row">${candidate.faces.slice(1).map((one) => html`<img src=${one.thumb_url} alt="" data-face-id=${one.id}>`)}</div></div>` : nothing}
      </div>
    </div>
    ${answers(review, question)}
    ${subject.face_count > 1 ? group(review, question) : nothing}
  </article>`;
}

/** @param {Face} face */
const large = (face) => face.thumb_url.replace(/size=\d+/, 'size=320');

/** @param {Face} face */
function photoWithBox(face) {
  const [x, y, w, h] = face.bbox, part = (/** @type {number} */ value) => `${(100 * value).toFixed(2)}%`;
  return html`<span class="photo-box"><img src=${face.photo_thumb_url.replace('/sm/', '/md/')} alt=${`The photo ${face.filename}`}>
    <span class="face-mark" ${styles({ left: part(x), top: part(y), width: part(w), height: part(h) })}></span></span>`;
}

/** @param {ReviewState} review @param {Question} question */
function answers(review, question) {
  const busy = review.busy.value, name = question.candidate.person?.name;
  return html`<div class="question-answers" role="group" aria-label="Answer">
    <button type="button" class="btn btn-primary btn-large" data-answer="yes" ?disabled=${busy} title=${withKey('Yes', 'y')} @click=${() => void review.answer('yes')}>${icon('check')}Yes <kbd>Y</kbd></button>
    <button type="button" class="btn btn-large" data-answer="no" ?disabled=${busy} title=${withKey(name ? 'No, never ask again' : 'Two people, never ask again', 'n')} @click=${() => void review.answer('no')}>${icon('x')}No <kbd>N</kbd></button>
    <button type="button" class="btn btn-large" data-answer="ignore" ?disabled=${busy} title=${withKey('Ignore these faces', 'i')} @click=${() => void review.answer('ignore')}>${icon('eye-off')}Ignore <kbd>I</kbd></button>
    <span class="question-other"><pa-suggest-field .label=${'It is somebody else'} .placeholder=${'Somebody else: name'} .ask=${suggestNames}
      @suggest-pick=${(/** @type {CustomEvent<string>} */ event) => {
        const said = checkedName(event.detail);
        if (said) void review.answer('other', said);
        if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
      }}></pa-suggest-field><kbd>/</kbd></span>
    <button type="button" class="btn btn-large" data-answer="skip" title=${withKey('Skip for now', 's')} @click=${() => review.skip()}>Skip <kbd>S</kbd></button></div>`;
}

/** @param {ReviewState} review @param {Question} question */
function group(review, question) {
  const { faces, face_count: all, apart } = question.subject, except = review.except.value, odd = faces.some((face) => face.odd);
  const hidden = [...except].filter((id) => !faces.some((face) => face.id === id)).length, left = apart.every((id) => except.has(id));
  return html`<section class="question-group"><h3>The whole group: ${plural(all, 'face')}</h3>
    <p class="muted">${odd ? 'Faces with a mark look unlike the others. ' : ''}Press a face that is somebody else: it will not follow your answer.</p>
    ${apart.length ? html`<p class="people-note" data-apart=${apart.length}>${icon('users')}<span>The group may be two people: ${plural(apart.length, 'face looks', 'faces look')} like somebody else.</span>
      <button type="button" class="btn btn-small" data-verb="apart" aria-pressed=${String(left)} title=${withKey('Leave them out', 'o')} @click=${() => review.toggleApart()}>${left ? `The ${count(apart.length)} are left out` : `Leave the ${count(apart.length)} out`}</button></p>` : nothing}
    <div class="face-tiles">${faces.map((face) => html`<button type="button" class="face-tile" data-face-id=${face.id} ?data-odd=${face.odd} aria-pressed=${String(except.has(face.id))}
      aria-label=${`${face.odd ? 'Odd face' : 'Face'} in ${face.filename}: ${except.has(face.id) ? 'somebody else' : 'belongs to the group'}`} title=${face.filename} @click=${() => review.toggle(face.id)}>
      <img src=${face.thumb_url} alt="" decoding="async">${except.has(face.id) ? html`<span class="face-badge is-no">${icon('x')}Not</span>` : face.odd ? html`<span class="face-badge is-odd">${icon('triangle-alert')}Odd</span>` : nothing}</button>`)}
      ${all > faces.length ? html`<a class="face-more" href=${question.subject.person ? `/people/${question.subject.person.id}` : nothing}>and ${count(all - faces.length)} more${hidden ? `, ${count(hidden)} of them left out` : ''}</a>` : nothing}</div></section>`;
}

/** @param {ReviewState} review */
function nothingLeft(review) {
  const skipped = review.skipped.value.size;
  return html`<div class="people-empty">${icon('circle-check')}<p>${skipped ? `Only ${plural(skipped, 'skipped question')} left.` : review.answered.value ? 'All questions are answered.' : 'There is nothing to ask.'} New faces are compared as they are found.</p>
    ${skipped ? html`<button type="button" class="btn" @click=${() => void review.again()}>Ask the skipped ones</button>` : nothing}</div>`;
}
