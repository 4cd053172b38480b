/** One person: who it is, the faces, the photos, and which faces are chosen. */
import { ApiError, getJson, isAbort, newest, sentenceOf } from 'pa/core/http.js';
import { navigate } from 'pa/core/router.js';
import { batch, signal } from 'pa/core/signals.js';
import { change } from './api.js';
import { Paged } from './paged.js';
import { mergeWithSomebody, namePerson, parted, splitOff } from './person-verbs.js';

/** @typedef {import('./api.js').Face} Face */
/** @typedef {import('./api.js').Person & {first_seen: string, last_seen: string, merged_into: number | null, faces: Face[], places: {name: string, count: number}[], odd_count: number, confirmed_count: number, apart: import('./person-verbs.js').Apart | null}} PersonDetails */
/** @typedef {{id: number, filename: string, thumb_url: string, width: number, height: number}} Photo */
/** @typedef {'faces'|'photos'} Tab */

export class PersonState {
  id = signal(0);
  person = signal(/** @type {PersonDetails | null} */ (null));
  failure = signal('');
  tab = signal(/** @type {Tab} */ ('faces'));
  sort = signal('odd');
  chosen = signal(/** @type {ReadonlySet<number>} */ (new Set()));
  faces = /** @type {Paged<Face>} */ (new Paged(
    (limit, offset) => `/api/people/${this.id.peek()}/faces?limit=${limit}&offset=${offset}&sort=${this.sort.peek()}`,
    ({ faces, total }) => ({ items: faces, total }),
  ));
  photos = /** @type {Paged<Photo>} */ (new Paged(
    (limit, offset) => `/api/rankings?people=${this.id.peek()}&sort=date_taken_desc&limit=${limit}&offset=${offset}`,
    ({ images, visible_images: total }) => ({ items: images, total }),
  ));
  #last = 0;
  #ask = newest();

  /** @param {number} id @param {Tab} tab @param {string} sort */
  async show(id, tab, sort) {
    const other = id !== this.id.peek();
    batch(() => {
      if (other) {
        this.person.value = null;
        this.chosen.value = new Set();
        this.photos.reset();
      }
      if (other || sort !== this.sort.peek()) this.faces.reset();
      this.failure.value = '';
      this.id.value = id;
      this.tab.value = tab;
      this.sort.value = sort;
    });
    await this.reload();
  }

  /** Read again what is shown. Whoever was merged leads to whom they are now. */
  async reload() {
    const id = this.id.peek(), isNews = this.#ask();
    if (!id) return;
    try {
      const person = await getJson(`/api/people/${id}`);
      if (id !== this.id.peek() || !isNews()) return;
      if (person.merged_into) {
        navigate(`/people/${person.merged_into}`, { replace: true });
        return;
      }
      this.person.value = person;
      await this.list.reload();
      const there = new Set(this.faces.items.peek().map((face) => face.id));
      const chosen = [...this.chosen.peek()].filter((face) => there.has(face));
      if (chosen.length !== this.chosen.peek().size) this.chosen.value = new Set(chosen);
    } catch (error) {
      if (isAbort(error) || id !== this.id.peek()) return;
      this.failure.value = sentenceOf(error);
      if (error instanceof ApiError && error.status === 404) this.person.value = null;
    }
  }

  /** What is shown: faces or photos. */
  get list() {
    return this.tab.peek() === 'photos' ? this.photos : this.faces;
  }

  /** Choose a face, or not; with `range` everything from the last one to it. @param {number} face @param {boolean} range */
  choose(face, range) {
    const chosen = new Set(this.chosen.peek()), ids = this.faces.items.peek().map(({ id }) => id);
    const from = ids.indexOf(this.#last), to = ids.indexOf(face);
    if (range && from >= 0) for (const id of ids.slice(Math.min(from, to), Math.max(from, to) + 1)) chosen.add(id);
    else if (!chosen.delete(face)) chosen.add(face);
    this.#last = face;
    this.chosen.value = chosen;
  }

  chooseNone() {
    this.chosen.value = new Set();
  }

  async rename() {
    const person = this.person.peek();
    if (!person) return;
    const now = await namePerson(person);
    await this.#afterwards(now?.id);
  }

  async merge() {
    const person = this.person.peek();
    if (!person) return;
    const now = await mergeWithSomebody(person);
    await this.#afterwards(now?.id);
  }

  /** Go to whom the person is now, or read again. @param {number} [id] */
  async #afterwards(id) {
    if (id && id !== this.id.peek()) navigate(`/people/${id}`, { replace: true });
    else await this.reload();
  }

  /** The chosen faces are somebody else; with none chosen, those that look so. */
  async split() {
    const person = this.person.peek(), faces = [...this.chosen.peek()];
    if (!person) return;
    if (!faces.length) {
      await this.partIfTwo();
      return;
    }
    if (await splitOff(person, faces, this.faces.items.peek().find(({ id }) => id === faces[0])?.thumb_url)) this.chooseNone();
    await this.reload();
  }

  /** Show those that look like somebody else, and ask. */
  async partIfTwo() {
    const person = this.person.peek();
    if (person && await parted(person)) await this.reload();
  }

  async ignoreFaces() {
    const faces = [...this.chosen.peek()];
    if (!faces.length) return;
    if (await change('people/faces/ignore', { face_ids: faces }, faces.length === 1 ? 'The face is ignored.' : `${faces.length} faces are ignored.`)) this.chooseNone();
    await this.reload();
  }

  /** The one chosen face stands for the person. */
  async cover() {
    const [face] = this.chosen.peek(), person = this.person.peek();
    if (!face || !person) return;
    if (await change(`people/${person.id}/cover`, { face_id: face }, 'This face is the cover now.')) this.chooseNone();
    await this.reload();
  }

  async bestCover() {
    await change(`people/${this.id.peek()}/cover`, { face_id: null }, 'The best face is the cover again.');
    await this.reload();
  }

  /** All faces are right but the chosen ones. */
  async confirm() {
    const but = [...this.chosen.peek()];
    const done = await change(`people/${this.id.peek()}/confirm`, { except: but }, but.length ? 'Confirmed the others; the chosen ones are somebody else.' : 'Confirmed all faces.');
    if (done) this.chooseNone();
    await this.reload();
  }

  async toggleIgnored() {
    const person = this.person.peek();
    if (!person) return;
    const ignored = person.status === 'ignored';
    await change(`people/${person.id}/${ignored ? 'unignore' : 'ignore'}`, {}, ignored ? `${person.label} is back among the people.` : `${person.label} is ignored.`);
    await this.reload();
  }
}
