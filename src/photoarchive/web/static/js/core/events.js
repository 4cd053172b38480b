/**
 * Live news from the server, with one connection per browser however many windows are open.
 *
 * The window that holds the Web Lock keeps the EventSource and passes each event on over a BroadcastChannel; when
 * it closes, the next window takes over. Where there are no Web Locks (plain http on another machine) every
 * window polls the same numbers instead: a change makes the server's greeting anew, and whoever shows something older
 * than that asks for what changed, as after a lost connection.
 */
import { getJson } from 'pa/core/http.js';
import { signal } from 'pa/core/signals.js';

/** @typedef {'hello'|'work'|'catalog'|'marks'|'sources'|'scan'|'settings'|'history'|'models'|'people'} ServerEvent */
/** @typedef {(data: any) => void} Handler */
/** @typedef {{ask: true} | {name: string, data: unknown} | {state: 'live'|'lost'}} Message */

/** @type {readonly ServerEvent[]} */
const SERVER_EVENTS = ['hello', 'work', 'catalog', 'marks', 'sources', 'scan', 'settings', 'history', 'models', 'people'];
const REMEMBERED = new Set(['hello', 'work', 'scan', 'models']);
/** Events without a revision of the catalog: the greeting has a number for each. */
const COUNTED = /** @type {const} */ (['sources', 'settings', 'history', 'people']);
const REVISED = ['marks', 'catalog'];
const NAME = 'photoarchive-events';
const POLL_MS = 2000;
const RETRY_MS = 2000;

/** Whether the server can be reached: shown in the Work bar when it is lost. @type {import('pa/core/signals.js').Signal<'connecting'|'live'|'lost'>} */
export const connection = signal('connecting');

/** @type {Map<string, Set<Handler>>} */
const handlers = new Map();
/** @type {Map<string, unknown>} */
const latest = new Map();
/** @type {BroadcastChannel | null} */
let channel = null;
/** The last greeting. @type {Record<string, unknown> | null} */
let greeted = null;
let isLeader = false;
let started = false;

/**
 * Hear one kind of server event. The latest `hello`, `work`, `scan` and `models` are told at once to whoever comes later.
 * @param {ServerEvent} name @param {Handler} handler @returns {() => void} stops it
 */
export function onServer(name, handler) {
  const set = handlers.get(name) ?? new Set();
  handlers.set(name, set.add(handler));
  if (latest.has(name)) handler(latest.get(name));
  return () => set.delete(handler);
}

/** Connect. Called once by the shell. */
export function startEvents() {
  if (started) return;
  started = true;
  if (!navigator.locks || !window.BroadcastChannel) {
    void poll();
    return;
  }
  channel = new BroadcastChannel(NAME);
  channel.addEventListener('message', (event) => hear(event.data));
  channel.postMessage({ ask: true });
  void navigator.locks.request(NAME, () => {
    isLeader = true;
    listen();
    return new Promise(() => {}); // held until this window closes
  });
}

/** @param {Message} message */
function hear(message) {
  if ('ask' in message) {
    if (isLeader) for (const [name, data] of latest) channel?.postMessage({ name, data });
    if (isLeader) channel?.postMessage({ state: connection.value });
  } else if ('state' in message) {
    connection.value = message.state;
  } else {
    connection.value = 'live';
    tell(message.name, message.data);
  }
}

function listen() {
  const source = new EventSource('/api/events');
  source.addEventListener('open', () => share('live'));
  source.addEventListener('error', () => {
    share('lost');
    // The browser tries again by itself unless the answer was an error status.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
  });
  for (const name of SERVER_EVENTS) {
    source.addEventListener(name, (event) => {
      const data = parse(/** @type {MessageEvent<string>} */ (event).data);
      tell(name, data);
      channel?.postMessage({ name, data });
    });
  }
}

/** @param {'live'|'lost'} state */
function share(state) {
  connection.value = state;
  channel?.postMessage({ state });
}

/** @param {string} name @param {unknown} data */
function tell(name, data) {
  if (REMEMBERED.has(name)) latest.set(name, data);
  else if (REVISED.includes(name)) keepGreeting(name, data);
  for (const handler of handlers.get(name) ?? []) handler(data);
  if (name === 'hello') tellMissed(/** @type {Record<string, unknown>} */ (data));
}

/** What happened while nothing was heard. @param {Record<string, unknown>} hello */
function tellMissed(hello) {
  const before = greeted;
  greeted = hello;
  for (const name of COUNTED) if (before && hello[name] !== before[name]) tell(name, {});
}

/**
 * Whoever asks later is greeted as the server would greet by now: the revisions of its news so far go with `hello`.
 * @param {string} name @param {any} data
 */
function keepGreeting(name, data) {
  const hello = latest.get('hello');
  if (hello && data?.revision) latest.set('hello', { ...hello, revision: data.revision, [name]: data.revision });
}

/** @param {string} text */
function parse(text) {
  return text ? JSON.parse(text) : {};
}

async function poll() {
  for (;;) {
    if (!document.hidden) {
      try {
        const [work, scan, news] = await Promise.all([getJson('/api/work'), getJson('/api/scan/status'), getJson('/api/news')]);
        connection.value = 'live';
        if (isNews(news)) tell('hello', news);
        tell('work', work);
        tell('scan', scan);
      } catch {
        connection.value = 'lost';
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Whether a greeting says more than the last one: the revision of the whole catalog alone, which work raises too, does not. @param {Record<string, unknown>} hello */
function isNews(hello) {
  return ['version', ...REVISED, ...COUNTED].some((name) => hello[name] !== greeted?.[name]);
}
