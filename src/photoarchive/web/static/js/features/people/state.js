/** What the people page shows: the sections with their totals, how far the search for faces is, and the filter by name. */
import { plural } from 'pa/core/format.js';
import { getJson, isAbort } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';
import { Paged } from './paged.js';

/** @typedef {import('./api.js').Person} Person */
/** @typedef {import('./api.js').Face} Face */
/** @typedef {'named'|'review'|'unnamed'|'ignored'} SectionName */
/**
 * @typedef {{worker: {state: string, reason: string, paused: boolean, rate: number | null, eta_seconds: number | null}, enabled: boolean,
 *   counts: Record<'people'|'named'|'unknown'|'ignored'|'other_faces'|'ignored_faces'|'detected_faces'|'scanned_images'|'pending_cached_images'|'questions', number>}} Status
 */

export const SECTIONS = /** @type {readonly SectionName[]} */ (['named', 'review', 'unnamed', 'ignored']);
export const SECTION_TITLES = { named: 'Named', review: 'To review', unnamed: 'Unnamed', ignored: 'Ignored' };

export class PeopleState {
  section = signal(/** @type {SectionName} */ ('named'));
  /** What names must hold. */
  words = signal('');
  sort = signal('photos');
  status = signal(/** @type {Status | null} */ (null));
  /** People of the section that is shown. */
  people = /** @type {Paged<Person>} */ (new Paged(
    (limit, offset) => `/api/people?${this.#query(limit, offset)}`,
    ({ sections }) => ({ items: sections[this.section.peek()].people, total: sections[this.section.peek()].total }),
  ));
  /** Faces of nobody: unsorted ones under Unnamed, ignored ones under Ignored. */
  faces = /** @type {Paged<Face>} */ (new Paged(
    (limit, offset) => `/api/people/faces?${new URLSearchParams({ state: this.section.peek() === 'ignored' ? 'ignored' : 'unsorted', limit: String(limit), offset: String(offset) })}`,
    ({ faces, total }) => ({ items: faces, total }),
  ));

  /** @param {number} limit @param {number} offset */
  #query(limit, offset) {
    const query = new URLSearchParams({ section: this.section.peek(), limit: String(limit), offset: String(offset), sort: this.sort.peek() });
    if (this.words.peek()) query.set('q', this.words.peek());
    return query;
  }

  /** Whether faces of nobody belong to the section. */
  get hasFaces() {
    return this.section.value === 'unnamed' || this.section.value === 'ignored';
  }

  /** Show a section from its beginning. @param {SectionName} section @param {string} words @param {string} sort */
  async show(section, words, sort) {
    this.people.reset();
    this.faces.reset();
    this.section.value = section;
    this.words.value = words;
    this.sort.value = sort;
    await this.reload();
  }

  /** Read again what is shown. */
  async reload() {
    const lists = this.section.peek() === 'review' ? [] : [this.people.reload()];
    if (this.section.peek() === 'unnamed' || this.section.peek() === 'ignored') lists.push(this.faces.reload());
    await Promise.all([this.readStatus(), ...lists]);
  }

  async readStatus() {
    try {
      this.status.value = await getJson('/api/people/status', { automatic: true });
    } catch (error) {
      if (isAbort(error)) return; // else the lists say what is wrong
    }
  }

  /** More of what is shown, when the end comes near. */
  more() {
    if (this.people.hasMore) return this.people.more();
    return this.hasFaces ? this.faces.more() : undefined;
  }

  /** What a section's total counts, where it counts two things. @param {SectionName} section */
  contentOf(section) {
    const counts = this.status.value?.counts;
    if (!counts || section === 'named' || section === 'review') return '';
    const [people, faces] = section === 'unnamed' ? [counts.unknown, counts.other_faces] : [counts.ignored, counts.ignored_faces];
    return `${plural(people, 'person', 'people')}, ${plural(faces, 'single face')}`;
  }

  /** Totals of the sections. @param {SectionName} section @returns {number | null} */
  totalOf(section) {
    const counts = this.status.value?.counts;
    if (!counts) return null;
    if (section === 'named') return counts.named;
    if (section === 'review') return counts.questions;
    if (section === 'unnamed') return counts.unknown + counts.other_faces;
    return counts.ignored + counts.ignored_faces;
  }
}
