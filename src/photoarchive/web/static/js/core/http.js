/** Requests to our own server: JSON in and out, errors as one sentence, this window's id on every change. */

/**
 * @typedef {object} RequestOptions
 * @property {AbortSignal} [signal]
 * @property {Record<string, string>} [headers]
 * @property {boolean} [automatic] the page refreshes by itself: background work need not step aside for it
 */

const WINDOW_KEY = 'photoarchive.window';

/** A random name of this browser window; undo and redo are kept per window. It survives a reload. */
export const windowId = readWindowId();

/** A request that did not work. `message` is a sentence for the user. */
export class ApiError extends Error {
  /** @param {number} status 0 when the server did not answer @param {string} message @param {Record<string, unknown>} [details] */
  constructor(status, message, details = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.details = details;
  }
}

/**
 * GET a JSON answer.
 * @template [T=any] @param {string} path @param {RequestOptions} [options] @returns {Promise<T>}
 */
export async function getJson(path, options = {}) {
  return readJson(await send(path, forReading('application/json', options)));
}

/**
 * POST a JSON body and read the JSON answer.
 * @template [T=any] @param {string} path @param {unknown} [body] @param {RequestOptions} [options] @returns {Promise<T>}
 */
export async function postJson(path, body = {}, options = {}) {
  return readJson(await send(path, withBody('POST', body, options)));
}

/** The last change that was to be sent in turn. @type {Promise<unknown>} */
let lastTurn = Promise.resolve();

/**
 * POST when the changes before it have been answered: of two quick changes the second one stays, and an undo finds what
 * it is to take back.
 * @template [T=any] @param {string} path @param {unknown} [body] @returns {Promise<T>}
 */
export function postInTurn(path, body = {}) {
  const answer = lastTurn.then(() => postJson(path, body));
  lastTurn = answer.catch(() => {}); // who asked is told
  return answer;
}

/** Resolves when the changes that wait for their turn have been answered. */
export const untilSent = () => lastTurn;

/** @template [T=any] @param {string} path @param {RequestOptions} [options] @returns {Promise<T>} */
export async function deleteJson(path, options = {}) {
  return readJson(await send(path, withBody('DELETE', undefined, options)));
}

/**
 * GET bytes with their headers. 304 comes back as `data: null`.
 * @param {string} path @param {RequestOptions} [options]
 * @returns {Promise<{status: number, headers: Headers, data: ArrayBuffer | null}>}
 */
export async function getBinary(path, options = {}) {
  const response = await send(path, forReading('', options)); // no header of ours: the page may have asked ahead, in plain words
  const data = response.status === 304 ? null : await response.arrayBuffer();
  return { status: response.status, headers: response.headers, data };
}

/**
 * For answers that can overtake each other. Called when something is asked; what it gives is called with the answer
 * and says whether to take it: not when one that was asked for later has been taken.
 */
export function newest() {
  let asked = 0, taken = 0;
  return () => {
    const mine = ++asked;
    return () => {
      if (mine < taken) return false;
      taken = mine;
      return true;
    };
  };
}

/** Whether an error only says that we ourselves cancelled the request. @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** A sentence for whatever was thrown. @param {unknown} error @returns {string} */
export function sentenceOf(error) {
  if (error instanceof Error && error.message) return error.message;
  return 'Something went wrong. Try again.';
}

/** @param {string} accept "" leaves it to the browser @param {RequestOptions} options @returns {RequestInit} */
function forReading(accept, options) {
  /** @type {Record<string, string>} */
  const headers = { ...(accept ? { Accept: accept } : {}), ...options.headers };
  if (options.automatic) headers['X-Automatic'] = '1';
  return { headers, signal: options.signal };
}

/** @param {string} method @param {unknown} body @param {RequestOptions} options @returns {RequestInit} */
function withBody(method, body, options) {
  /** @type {Record<string, string>} */
  const headers = { Accept: 'application/json', 'X-Window': windowId, ...options.headers };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  return { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal: options.signal };
}

/** @param {string} path @param {RequestInit} init */
async function send(path, init) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new ApiError(0, "photoArchive's server isn't answering. Start it again, then reload this page.");
  }
  if (response.ok || response.status === 304) return response;
  if (response.status === 401) location.assign(`/login?${new URLSearchParams({ next: location.pathname + location.search })}`);
  throw await asError(response);
}

/** @param {Response} response */
async function asError(response) {
  let details = {};
  try {
    details = await response.json();
  } catch {
    // The answer was no JSON: the status alone must do.
  }
  const { error, ...rest } = /** @type {{error?: unknown}} */ (details);
  const sentence = typeof error === 'string' && error ? error : `The server could not do this (status ${response.status}).`;
  return new ApiError(response.status, sentence, rest);
}

/** @param {Response} response */
async function readJson(response) {
  if (response.status === 204) return null;
  return response.json();
}

function readWindowId() {
  const fresh = randomName();
  try {
    const known = sessionStorage.getItem(WINDOW_KEY);
    if (known) return known;
    sessionStorage.setItem(WINDOW_KEY, fresh);
  } catch {
    // Storage is blocked: the name then lasts until the next reload.
  }
  return fresh;
}

function randomName() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
