/** Asks the layout worker for layouts; answers that were overtaken by a newer question are dropped. */

/** @typedef {import('./layout.js').Layout} Layout */
/** @typedef {import('./layout.js').LayoutInput} LayoutInput */
/** @typedef {import('./layout.js').LayoutOptions} LayoutOptions */

const newWorker = () => new Worker(new URL('./layout-worker.js', import.meta.url), { type: 'module', name: 'layout' });
/** A worker that was started before its client. @type {Worker | null} */
let waiting = null;

/** Start a worker while the page that will need it is still loading. */
export function startLayoutWorker() {
  waiting ??= newWorker();
}

function takeWorker() {
  const worker = waiting ?? newWorker();
  waiting = null;
  return worker;
}

export class LayoutClient {
  #worker = takeWorker();
  #ticket = 0;
  /** @type {LayoutInput | null} */
  #known = null;
  /** @type {(layout: Layout) => void} */
  #deliver;
  /** Milliseconds the last layout took in the worker. */
  lastMilliseconds = 0;

  /** @param {(layout: Layout) => void} deliver called with each layout that is still wanted */
  constructor(deliver) {
    this.#deliver = deliver;
    this.#worker.onmessage = ({ data }) => {
      if (data.ticket !== this.#ticket) return;
      this.lastMilliseconds = data.milliseconds;
      this.#deliver(data.layout);
    };
  }

  /**
   * Lay out a view. The columns travel to the worker once per view.
   * @param {LayoutInput} input @param {LayoutOptions} options
   */
  request(input, options) {
    const ticket = ++this.#ticket;
    if (input === this.#known) {
      this.#worker.postMessage({ options, ticket });
      return;
    }
    this.#known = input;
    // Copies of just these columns: a view into the feed would take the whole feed along.
    const aspects = input.aspects.slice(), sectionFirst = input.sectionFirst.slice(), sectionKeys = input.sectionKeys.slice();
    const transfer = [aspects.buffer, sectionFirst.buffer, sectionKeys.buffer];
    this.#worker.postMessage({ input: { aspects, sectionFirst, sectionKeys, sections: input.sections }, options, ticket }, transfer);
  }

  /** Stop the worker; later answers are dropped. */
  close() {
    this.#ticket = -1;
    this.#worker.terminate();
  }
}
