/**
 * Flags, stars and labels of the photos of a view: shown at once, taken back if the server refuses, undoable from the
 * toast. A whole view goes as its token and count, so a million photos are one small request.
 */
import { count, plural } from 'pa/core/format.js';
import { onServer } from 'pa/core/events.js';
import { ApiError, getBinary, getJson, postInTurn, sentenceOf, untilSent } from 'pa/core/http.js';
import { showToast } from 'pa/ui/toast.js';
import { redo } from 'pa/ui/undo.js';
import { cards } from './cards.js';
import { FLAG_NAMES, bits, decodeFeed } from './feed.js';
import { LABEL_NAMES } from './tile.js';

/** @typedef {import('./view.js').PhotoView} PhotoView */
/** @typedef {import('./feed.js').Flag} Flag */
/** @typedef {{kind: 'flag', value: Flag} | {kind: 'stars', value: number | null} | {kind: 'label', value: number, toggle?: boolean}} Mark a label that toggles is taken away where all have it */
/** @typedef {{action: number, indexes: Uint32Array | null, before: Uint16Array}} Step */

/** Steps that can be shown as undone without asking the server what the photos look like now. */
const KEPT_STEPS = 8;
/** @type {Map<string, Step[]>} */
const steps = new Map();

/** How many changes were made here: what was asked before one of them says nothing of it. */
let changesMade = 0;
/** How many photos our changes of many photos have touched: the news of them tells us nothing new. @type {number[]} */
const ownChanges = [];
/** So many ids come with the news of a change; above that the whole view is asked for. */
const NAMED_IDS = 200;

/** The revision of the last change of marks that the server told of. */
let told = 0;
onServer('hello', ({ marks = 0 }) => { told = marks; });
onServer('marks', ({ revision = told }) => { told = revision; });

const WRITE = {
  flag: (/** @type {number} */ b, /** @type {any} */ value) => bits.withFlag(b, value),
  stars: (/** @type {number} */ b, /** @type {any} */ value) => bits.withStars(b, value),
  label: (/** @type {number} */ b, /** @type {any} */ value) => bits.withLabel(b, value),
};
const PATHS = { flag: '/api/images/flag', stars: '/api/images/stars', label: '/api/images/label' };

/**
 * Give photos of a view a mark. Resolves to whether the server took it.
 * @param {PhotoView} view @param {Uint32Array} indexes @param {Mark} mark @param {{quiet?: boolean}} [options] quiet: no toast
 */
export async function setMark(view, indexes, mark, { quiet = false } = {}) {
  if (indexes.length === 0) return false;
  if (mark.kind === 'label' && mark.toggle && indexes.every((index) => bits.label(view.feed.bits[index]) === mark.value)) return setMark(view, indexes, { kind: 'label', value: 0 }, { quiet });
  changesMade++;
  const all = indexes.length === view.feed.count, before = writeMarks(view, indexes, all, mark);
  try {
    const target = all && indexes.length > 1
      ? { view: { token: view.token, expected_count: view.feed.count } }
      : { image_ids: Array.from(indexes, (index) => view.feed.ids[index]) };
    const value = mark.kind === 'flag' ? FLAG_NAMES[mark.value] : mark.value;
    const answer = await postInTurn(PATHS[mark.kind], { ...target, [mark.kind]: value });
    if (answer.changed > NAMED_IDS) ownChanges.push(answer.changed);
    if (answer.action_id) keepStep(view, { action: answer.action_id, indexes: all ? null : indexes, before });
    const action = answer.action_id ? { label: 'Undo', run: () => undoMark(view) } : undefined;
    if (!quiet) showToast(`${describe(mark)}: ${plural(indexes.length, 'photo')}.`, { kind: 'done', action });
    const few = indexes.length <= NAMED_IDS ? Array.from(indexes, (index) => view.feed.ids[index]) : null;
    if (mark.kind === 'stars' && mark.value === null) void refreshMarks(view, few).catch(() => {}); // the server knows what it suggests
    else if (few) void cards.refresh(few).catch(() => {});
    else cards.clear();
    return true;
  } catch (error) {
    putBack(view, all ? null : indexes, before);
    const old = error instanceof ApiError && (error.status === 409 || error.status === 410);
    showToast(old ? 'The photos of this view have changed. Reload the view, then try again.' : sentenceOf(error), { kind: 'error' });
    return false;
  }
}

/** Take back the last change of this window. @param {PhotoView} view */
async function undoMark(view) {
  try {
    const answer = await postInTurn('/api/undo');
    if (!answer.action) {
      showToast('Nothing to undo in this window.');
      return;
    }
    await showUndone(view, answer.action.id);
    showToast(`Undone: ${answer.action.label}.`, { kind: 'done', action: { label: 'Redo', run: redo } });
  } catch (error) {
    showToast(sentenceOf(error), { kind: 'error' });
  }
}

/**
 * Keep what a view shows true while marks change elsewhere: in other windows, by undo and redo, also before we heard news.
 * @param {() => PhotoView | null} current @returns {() => void} stops it
 */
export function followMarks(current) {
  const stopGreeting = onServer('hello', () => { const view = current(); if (view) catchUp(view); });
  const stopNews = onServer('marks', async (/** @type {{count?: number, ids?: number[], revision?: number}} */ news) => {
    const named = news.ids && news.ids.length === news.count ? news.ids : null;
    await untilSent();
    const own = named ? -1 : ownChanges.indexOf(news.count ?? 0), view = current();
    if (own >= 0) ownChanges.splice(own, 1);
    else if (view) void (named ? refreshMarks(view, named) : refreshSince(view, view.revision)).catch(() => { view.revision = 0; }); // what is shown stays until the server answers again
    if (view?.revision) view.revision = Math.max(view.revision, news.revision ?? 0);
  });
  return () => {
    stopGreeting();
    stopNews();
  };
}

/** Ask for the marks of a view that was read before the last change the server told of. @param {PhotoView} view */
export function catchUp(view) {
  const since = view.revision;
  if (told <= since) return;
  view.revision = told;
  void refreshSince(view, since).catch(() => { view.revision = 0; }); // again when the server greets again
}

/** Write marks into the feed; answers what stood there. @param {PhotoView} view @param {Uint32Array} indexes @param {boolean} all @param {Mark} mark */
function writeMarks(view, indexes, all, { kind, value }) {
  const column = view.feed.bits, write = WRITE[kind];
  const before = all ? column.slice() : Uint16Array.from(indexes, (index) => column[index]);
  if (all) for (let i = 0; i < column.length; i++) column[i] = write(column[i], value);
  else for (const index of indexes) column[index] = write(column[index], value);
  view.marksChanged(all ? null : indexes);
  return before;
}

/** @param {PhotoView} view @param {Uint32Array | null} indexes @param {Uint16Array} before */
function putBack(view, indexes, before) {
  if (!indexes) view.feed.bits.set(before);
  else for (const [n, index] of indexes.entries()) view.feed.bits[index] = before[n];
  view.marksChanged(indexes);
}

/** @param {PhotoView} view @param {Step} step */
function keepStep(view, step) {
  const kept = steps.get(view.token) ?? [];
  kept.push(step);
  if (kept.length > KEPT_STEPS) kept.shift();
  steps.set(view.token, kept);
}

/** @param {PhotoView} view @param {number} action */
async function showUndone(view, action) {
  const kept = steps.get(view.token) ?? [], last = kept.at(-1);
  if (last && last.action === action) {
    kept.pop();
    putBack(view, last.indexes, last.before);
    cards.clear();
    return;
  }
  await refreshMarks(view, null);
}

/** Ask the server what photos are marked with now. @param {PhotoView} view @param {number[] | null} ids null: all of the view */
async function refreshMarks(view, ids) {
  if (!ids) {
    cards.clear();
    await refreshAll(view);
    return;
  }
  for (let made = -1; made !== changesMade;) {
    made = changesMade;
    await untilSent();
    await cards.refresh(ids);
  }
  const changed = [];
  for (const id of ids) {
    const index = view.feed.indexOf(id), card = cards.get(id);
    if (index < 0 || !card) continue;
    view.feed.bits[index] = bitsOfCard(view.feed.bits[index], card);
    changed.push(index);
  }
  view.marksChanged(Uint32Array.from(changed));
}

/**
 * Ask the server which marks changed after a revision: a small answer however large the view is. Where it cannot name
 * them, all are asked for.
 * @param {PhotoView} view @param {number} since
 */
async function refreshSince(view, since) {
  let changes = null;
  for (let made = -1; made !== changesMade && since > 0 && since < Infinity;) {
    made = changesMade;
    await untilSent();
    changes = await getJson(`/api/library/marks?since=${since}`, { automatic: true });
  }
  if (!changes?.ids) {
    await refreshMarks(view, null);
    return;
  }
  /** @type {Map<number, number>} */
  const now = new Map(changes.ids.map((/** @type {number} */ id, /** @type {number} */ n) => [id, changes.bits[n]])), changed = [], { ids, bits: column } = view.feed;
  for (let index = 0; index < ids.length && changed.length < now.size; index++) {
    const b = now.get(ids[index]);
    if (b === undefined) continue;
    column[index] = b;
    changed.push(index);
  }
  if (now.size <= NAMED_IDS) await cards.refresh([...now.keys()]);
  else cards.clear();
  view.marksChanged(Uint32Array.from(changed));
}

/** @param {number} b @param {import('./cards.js').Card} card */
function bitsOfCard(b, card) {
  const flag = /** @type {Flag} */ (Math.max(0, FLAG_NAMES.indexOf(/** @type {any} */ (card.flag))));
  const starred = card.stars === null
    ? card.suggested_stars ? bits.withStars(b, card.suggested_stars) | (1 << 5) : bits.withStars(b, null)
    : bits.withStars(b, card.stars);
  return bits.withLabel(bits.withFlag(starred, flag), card.label);
}

/** Photos of the view that the same query still gives get their marks from it; the order stays. @param {PhotoView} view */
async function refreshAll(view) {
  const { data } = await getBinary(`/api/library/feed${view.key ? `?${view.key}` : ''}`);
  if (!data) return;
  const now = decodeFeed(data), { feed } = view;
  let largest = 0;
  for (const id of now.ids) if (id > largest) largest = id;
  const place = new Int32Array(largest + 1).fill(-1);
  for (let i = 0; i < now.count; i++) place[now.ids[i]] = i;
  for (let i = 0; i < feed.count; i++) {
    const at = feed.ids[i] <= largest ? place[feed.ids[i]] : -1;
    if (at >= 0) feed.bits[i] = now.bits[at];
  }
  view.marksChanged(null);
}

/** @param {Mark} mark */
function describe(mark) {
  if (mark.kind === 'flag') return ['Flag taken away', 'Picked', 'Rejected'][mark.value];
  if (mark.kind === 'label') return mark.value ? `Label ${LABEL_NAMES[mark.value].toLowerCase()}` : 'Label taken away';
  return mark.value === null ? 'Stars as suggested' : `${count(mark.value)} ${mark.value === 1 ? 'star' : 'stars'}`;
}
