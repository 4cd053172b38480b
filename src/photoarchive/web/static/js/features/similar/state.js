/** What the duplicates page shows: groups still to be decided, the one with the focus, what is chosen to stay. */
import { getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { plural } from 'pa/core/format.js';
import { batch, signal } from 'pa/core/signals.js';
import { confirmDialog } from 'pa/ui/dialog.js';
import { showToast } from 'pa/ui/toast.js';
import { undo } from 'pa/ui/undo.js';

/** @typedef {import('pa/grid/cards.js').Card & {thumb_url: string, folder: string, file_size: number, file_ext: string, date_taken: string | null, camera_model: string | null}} Photo */
/**
 * @typedef {{id: number, kind: 'same' | 'near' | 'burst', similarity: number, keeper: number, reason: string, decided: boolean,
 *   image_ids: number[], images: Photo[], differs: string[]}} Group
 */
/** @typedef {{groups: Group[], total: number, open: number, decided: number, kinds: Record<string, number>, copies: number, looking: number}} Answer */
/** @typedef {'open' | 'decided'} Which */
/** @typedef {'keep_all' | 'keep' | 'not_duplicates'} Verdict */

const PAGE = 20;
/** With so few groups left on the page more are asked for. */
const AHEAD = 8;

export class DuplicatesState {
  groups = signal(/** @type {Group[]} */ ([]));
  counts = signal(/** @type {Omit<Answer, 'groups'> | null} */ (null));
  failure = signal('');
  which = signal(/** @type {Which} */ ('open'));
  kind = signal('');
  /** Group and photo with the focus: the group's id, the photo's place in it. */
  focus = signal({ group: 0, photo: 0 });
  /** Group id → photos that stay; a group that is not in it keeps the suggested one. */
  chosen = signal(/** @type {ReadonlyMap<number, ReadonlySet<number>>} */ (new Map()));
  /** Groups decided here since the page was opened. */
  done = signal(0);
  busy = signal(false);
  /** Raised by every question, and by every change: an answer from before it says nothing of it. */
  #turn = 0;
  #reading = false;

  /** Show groups from the beginning. @param {Which} which @param {string} kind */
  async show(which, kind) {
    batch(() => {
      this.which.value = which;
      this.kind.value = kind;
      this.groups.value = [];
      this.counts.value = null;
    });
    await this.reload();
  }

  /** Read the shown groups again; what is chosen and the focus stay. */
  async reload() {
    await this.#read(0, Math.max(PAGE, this.groups.peek().length));
  }

  /** More groups after those shown. */
  async more() {
    const counts = this.counts.peek();
    if (counts && this.groups.peek().length < counts.total && !this.#reading) await this.#read(this.groups.peek().length, PAGE);
  }

  /** @param {number} offset @param {number} limit */
  async #read(offset, limit) {
    const turn = ++this.#turn;
    this.#reading = true;
    const query = new URLSearchParams({ state: this.which.peek(), limit: String(Math.min(500, limit)), offset: String(offset), pairs: '0' });
    if (this.kind.peek()) query.set('kind', this.kind.peek());
    try {
      const { groups, ...counts } = /** @type {Answer} */ (await getJson(`/api/duplicates?${query}`));
      if (turn !== this.#turn) return;
      const before = offset ? this.groups.peek() : [], known = new Set(before.map(({ id }) => id));
      batch(() => {
        this.groups.value = [...before, ...groups.filter(({ id }) => !known.has(id))];
        this.counts.value = counts;
        this.failure.value = '';
        this.#refocus();
      });
    } catch (error) {
      if (turn === this.#turn) this.failure.value = sentenceOf(error);
    } finally {
      if (turn === this.#turn) this.#reading = false;
    }
  }

  #refocus() {
    const { group } = this.focus.peek(), groups = this.groups.peek();
    if (!groups.some(({ id }) => id === group)) this.focus.value = { group: groups[0]?.id ?? 0, photo: 0 };
  }

  /** The group with the focus. */
  get current() {
    return this.groups.peek().find(({ id }) => id === this.focus.peek().group);
  }

  /** @param {Group} group @returns {ReadonlySet<number>} */
  stays(group) {
    return this.chosen.value.get(group.id) ?? new Set([group.keeper]);
  }

  /** Another group, the first or last at the ends. @param {number} by */
  moveGroup(by) {
    const groups = this.groups.peek(), at = groups.findIndex(({ id }) => id === this.focus.peek().group);
    const next = groups[Math.max(0, Math.min(groups.length - 1, at + by))];
    if (next) this.focus.value = { group: next.id, photo: 0 };
    if (groups.length - at < AHEAD) void this.more();
  }

  /** @param {number} by */
  movePhoto(by) {
    const group = this.current, { photo } = this.focus.peek();
    if (group) this.focus.value = { group: group.id, photo: Math.max(0, Math.min(group.images.length - 1, photo + by)) };
  }

  /** Whether a photo stays when the others are rejected. @param {Group} group @param {number} photo */
  toggle(group, photo) {
    const stays = new Set(this.stays(group));
    if (!stays.delete(photo)) stays.add(photo);
    const next = new Map(this.chosen.peek());
    if (stays.size) next.set(group.id, stays);
    else next.delete(group.id);
    this.chosen.value = next;
    this.focus.value = { group: group.id, photo: Math.max(0, group.images.findIndex(({ id }) => id === photo)) };
  }

  /** @param {Group | undefined} group @param {Verdict} verdict */
  async decide(group, verdict) {
    if (!group || this.busy.peek()) return;
    const keep = verdict === 'keep' ? [...this.stays(group)] : [];
    this.busy.value = true;
    try {
      if (verdict === 'keep' && !(await rejectsUnseen(group, keep))) return;
      const { rejected } = await postJson('/api/duplicates/decide', { photo_ids: group.image_ids, verdict, keep });
      this.#leave(group);
      showToast(sentence(group, verdict, keep.length, rejected), { kind: 'done', action: { label: 'Undo', run: () => this.undo() } });
    } catch (error) {
      showToast(sentenceOf(error), { kind: 'error' });
    } finally {
      this.busy.value = false;
    }
    if (this.which.peek() === 'open' && this.groups.peek().length < AHEAD) await this.more();
  }

  /** Take back the last thing done in this window, whatever it was. */
  async undo() {
    await undo();
    await this.reload();
  }

  /** The group is decided: the next one takes its place. @param {Group} group */
  #leave(group) {
    this.#turn++;
    this.#reading = false;
    const groups = this.groups.peek(), at = groups.findIndex(({ id }) => id === group.id), counts = this.counts.peek();
    batch(() => {
      this.done.value++;
      if (counts) this.counts.value = { ...counts, total: Math.max(0, counts.total - 1), open: Math.max(0, counts.open - 1), decided: counts.decided + 1 };
      this.groups.value = groups.filter(({ id }) => id !== group.id);
      const next = this.groups.peek()[Math.min(at, groups.length - 2)];
      this.focus.value = { group: next?.id ?? 0, photo: 0 };
    });
  }
}

/** Asks before photos are rejected that the page does not show. @param {Group} group @param {number[]} keep @returns {Promise<boolean>} whether to go on */
async function rejectsUnseen(group, keep) {
  const all = group.image_ids.length, unseen = all - group.images.length;
  if (unseen <= 0) return true;
  const others = all - keep.length;
  return confirmDialog({
    title: `Reject ${plural(others, 'photo')}?`,
    body: `${plural(unseen, 'photo')} of this group ${unseen === 1 ? 'is' : 'are'} not shown here and would be rejected too. Only flags are set, and you can undo it.`,
    confirm: `Reject ${plural(others, 'photo')}`,
  });
}

/** @param {Group} group @param {Verdict} verdict @param {number} kept @param {number} rejected */
function sentence(group, verdict, kept, rejected) {
  const all = group.image_ids.length;
  if (verdict === 'keep_all') return `Kept all ${all} photos.`;
  if (verdict === 'not_duplicates') return 'They will not be shown as duplicates again.';
  return `Kept ${plural(kept, 'photo')}, flagged ${rejected} as rejected. No file was deleted.`;
}
