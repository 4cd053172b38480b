/** The queue of questions: one at a time, the most useful first; answered, skipped, and asked again after an undo. */
import { getJson, postJson, sentenceOf } from 'pa/core/http.js';
import { batch, signal } from 'pa/core/signals.js';
import { showToast } from 'pa/ui/toast.js';
import { undo } from 'pa/ui/undo.js';

/** @typedef {import('./api.js').Question} Question */
/** @typedef {import('./api.js').Done} Done */
/** @typedef {'yes'|'no'|'ignore'|'other'} Answer */

const AHEAD = 10, FEW_LEFT = 4, MOST_READ = 500;

export class ReviewState {
  /** The question on screen is the first. */
  queue = signal(/** @type {Question[]} */ ([]));
  total = signal(/** @type {number | null} */ (null));
  /** Faces of the question that were marked as somebody else. */
  except = signal(/** @type {ReadonlySet<number>} */ (new Set()));
  failure = signal('');
  busy = signal(false);
  /** Answered since the page was opened. */
  answered = signal(0);
  skipped = signal(/** @type {ReadonlySet<string>} */ (new Set()));
  /** What was answered here, newest last: not asked again, unless an undo brings it back. @type {{action: number, question: Question}[]} */
  #answers = [];
  #turn = 0;

  get current() {
    return this.queue.peek()[0];
  }

  /** Read the queue again; the question on screen stays while it stands. */
  async reload() {
    const turn = ++this.#turn, skipped = this.skipped.peek();
    try {
      const { questions, total } = await getJson(`/api/people/questions?limit=${Math.min(MOST_READ, AHEAD + skipped.size + this.#answers.length)}`);
      if (turn !== this.#turn || this.busy.peek()) return;
      const asked = questions.filter((/** @type {Question} */ { id }) => !skipped.has(id) && !this.#answers.some(({ question }) => question.id === id)), first = this.current?.id;
      const same = asked.find((/** @type {Question} */ { id }) => id === first);
      batch(() => {
        this.#put(same ? [same, ...asked.filter((/** @type {Question} */ one) => one !== same)] : asked);
        this.total.value = total;
        this.failure.value = '';
      });
    } catch (error) {
      if (turn === this.#turn) this.failure.value = sentenceOf(error);
    }
  }

  /** @param {Question[]} queue */
  #put(queue) {
    if (queue[0]?.id !== this.current?.id) this.except.value = new Set();
    this.queue.value = queue;
  }

  /** A face of the group is somebody else, or is not. @param {number} face */
  toggle(face) {
    const except = new Set(this.except.peek()), faces = this.current?.subject.face_count ?? 0;
    if (!except.delete(face) && except.size + 1 < faces) except.add(face);
    this.except.value = except;
  }

  /** Those that look like one other person are somebody else, or belong to the group after all. */
  toggleApart() {
    const apart = this.current?.subject.apart ?? [], except = new Set(this.except.peek());
    const all = apart.every((face) => except.has(face));
    for (const face of apart) all ? except.delete(face) : except.add(face);
    this.except.value = except;
  }

  /** @param {Answer} answer @param {string} [name] with "other" */
  async answer(answer, name) {
    const question = this.current;
    if (!question || this.busy.peek()) return;
    this.busy.value = true;
    try {
      const body = { answer, ...(name ? { name } : {}), except: answer === 'yes' || answer === 'other' ? [...this.except.peek()] : [] };
      const done = /** @type {Done} */ (await postJson(`/api/people/questions/${encodeURIComponent(question.id)}`, body));
      if (done.action_id !== null) this.#answers.push({ action: done.action_id, question });
      batch(() => {
        this.#put(this.queue.peek().slice(1));
        if (!done.already) this.answered.value++;
        this.total.value = Math.max(0, (this.total.peek() ?? 1) - 1);
      });
      showToast(done.already ? 'That was answered already.' : sentence(question, answer, name), done.action_id === null ? {} : { kind: 'done', action: { label: 'Undo', run: undo } });
    } catch (error) {
      showToast(sentenceOf(error), { kind: 'error' });
    } finally {
      this.busy.value = false;
    }
    if (this.queue.peek().length < FEW_LEFT) await this.reload();
  }

  /** Leave the question for later. */
  skip() {
    const question = this.current;
    if (!question) return;
    this.skipped.value = new Set([...this.skipped.peek(), question.id]);
    this.#put(this.queue.peek().slice(1));
    if (this.queue.peek().length < FEW_LEFT) void this.reload();
  }

  /** Ask those again that were skipped. */
  again() {
    this.skipped.value = new Set();
    return this.reload();
  }

  /** An action was undone in this window: its question stands again. @param {number} action */
  undone(action) {
    const at = this.#answers.findIndex((one) => one.action === action);
    if (at < 0) return;
    const { question } = this.#answers[at];
    this.#answers.splice(at, 1);
    this.#turn++; // a queue that was asked for before does not hold it
    batch(() => {
      this.#put([question, ...this.queue.peek().filter(({ id }) => id !== question.id)]);
      this.answered.value = Math.max(0, this.answered.peek() - 1);
      this.total.value = (this.total.peek() ?? 0) + 1;
    });
  }
}

/** @param {Question} question @param {Answer} answer @param {string} [name] */
function sentence(question, answer, name) {
  const who = question.candidate.person?.name;
  if (answer === 'ignore') return 'Ignored. They are in the section Ignored.';
  if (answer === 'other') return `This is “${name}”.`;
  if (answer === 'no') return who ? `This is not “${who}”. It will not be asked again.` : 'These are two people. It will not be asked again.';
  return who ? `This is “${who}”.` : 'These are one person.';
}
