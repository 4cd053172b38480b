/**
 * One registry of keyboard shortcuts: it feeds the handler, the tooltips and the `?` overlay.
 *
 * A binding belongs to a scope: "global", the name of a page, or "dialog". Global and the current page's bindings
 * are live; while a dialog is open only "dialog" ones are. Keys are written as "p", "Shift+P", "Ctrl+Z", "ArrowLeft",
 * "Space", "?" or as a sequence "g l". "Ctrl" is also the Command key. Text fields keep their own keys.
 */

/**
 * @typedef {object} Binding
 * @property {string[]} keys any of these runs it
 * @property {string} label what it does, as the help shows it
 * @property {string} group heading in the help
 * @property {(event: KeyboardEvent) => unknown} run returning false leaves the key to the browser
 * @property {(event: KeyboardEvent) => void} [release] when the key is let go
 * @property {() => boolean} [when] live only while this holds
 * @property {string[]} [except] pages on which a global binding is not live
 * @property {boolean} [whileTyping] live in text fields too
 * @property {boolean} [hidden] not listed in the help
 */
/** @typedef {{scope: string, binding: Binding}} Registered */

const SEQUENCE_MS = 1200, LATE_MS = 2000;
const TEXT_TYPES = new Set(['', 'text', 'search', 'email', 'url', 'tel', 'password', 'number', 'date', 'month', 'time', 'datetime-local', 'week']);
const MOVING = new Set(['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown']);
const USES_ARROWS = 'input[type=range], input[type=radio], select, [role=slider], [role=menu], [role=listbox], [role=tree], [role=tablist], video, audio';
const USES_ENTER = 'button, a[href], summary, select, input[type=checkbox], input[type=radio], [role=button], [role=menuitem], [role=option], [role=switch], [role=tab], video, audio';

/** @type {Registered[]} */
const registered = [];
/** @type {Map<string, {title: string, register: () => () => void}>} */
const offered = new Map();
/** @type {Map<string, Binding>} */
const held = new Map();
/** How much that brings bindings is still being loaded, and the keys that wait for it. */
let coming = 0;
/** @type {{event: KeyboardEvent, page: string | undefined}[]} */
const unanswered = [];
let pending = '';
let pendingUntil = 0;
/** @type {() => void} */
let showHelp = () => {};

/** @param {string} scope @param {Binding[]} bindings @returns {() => void} takes them away again */
export function registerKeys(scope, bindings) {
  const added = bindings.map((binding) => ({ scope, binding }));
  registered.push(...added);
  return () => {
    for (const one of added) registered.splice(registered.indexOf(one), 1);
  };
}

/**
 * Something that is being loaded brings more bindings: keys pressed meanwhile that nothing answers to are tried again
 * when it is there, if the user is still on that page.
 * @param {Promise<unknown>} loading
 */
export async function bringsKeys(loading) {
  coming++;
  try {
    await loading;
  } finally {
    coming--;
    for (const { event, page } of unanswered.splice(0)) {
      if (page === document.body.dataset.page && performance.now() - event.timeStamp < LATE_MS) onKeyDown(event);
    }
  }
}

/** Listen on the document. Called once by the shell, which also brings the help overlay. @param {{help: () => void}} options */
export function startKeys({ help }) {
  showHelp = help;
  document.addEventListener('keydown', onKeyDown);
  document.addEventListener('keyup', onKeyUp);
  window.addEventListener('blur', () => held.clear());
}

/** Show every shortcut that is live now. */
export function openKeyHelp() {
  showHelp();
}

/** What the help shows: the listed bindings of these scopes by group, in order of registration. @param {string[]} scopes */
export function listKeys(scopes) {
  /** @type {Map<string, Binding[]>} */
  const groups = new Map();
  for (const { scope, binding } of registered) {
    if (!scopes.includes(scope) || binding.hidden) continue;
    const group = groups.get(binding.group) ?? [];
    groups.set(binding.group, [...group, binding]);
  }
  return groups;
}

/**
 * Let a page's keys be listed while the page is not open. `register` registers them with verbs that do nothing.
 * @param {string} scope @param {string} title @param {() => () => void} register
 */
export function offerKeys(scope, title, register) {
  offered.set(scope, { title, register });
}

/** The offered pages with their keys. @returns {{title: string, groups: [string, Binding[]][]}[]} */
export function offeredKeys() {
  return [...offered].map(([scope, { title, register }]) => {
    const open = registered.some((one) => one.scope === scope);
    const off = open ? () => {} : register();
    const groups = [...listKeys([scope])];
    off();
    return { title, groups };
  });
}

/** "Ctrl+Shift+Z" → ["Ctrl", "Shift", "Z"]; arrows as words; a sequence keeps its order. @param {string} keys */
export function keyCaps(keys) {
  /** @type {Record<string, string>} */
  const names = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc', PageUp: 'Page Up', PageDown: 'Page Down' };
  return keys.split(' ').map((chord) => splitChord(chord).map((part) => names[part] ?? (part.length === 1 ? part.toUpperCase() : part)));
}

/** A tooltip with its key: "Reject (X)". @param {string} label @param {string} [keys] */
export function withKey(label, keys) {
  return keys ? `${label} (${keyCaps(keys).map((chord) => chord.join('+')).join(' then ')})` : label;
}

/** The spellings under which an event may be registered, most exact first. @param {KeyLike} event */
export function chordsOf(event) {
  const mods = [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : ''];
  const key = event.key === ' ' ? 'Space' : event.key;
  const letter = key.length === 1 && key.toLowerCase() !== key.toUpperCase();
  const shifted = event.shiftKey ? 'Shift' : '';
  /** @param {string} name @param {string} shift */
  const chord = (name, shift) => [...mods, shift, name].filter(Boolean).join('+');
  if (letter) return [chord(event.shiftKey ? key.toUpperCase() : key.toLowerCase(), shifted)].map(canonical);
  const found = [chord(key, key.length === 1 ? '' : shifted)];
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code ?? '');
  if (digit?.[1] && event.shiftKey) found.push(chord(digit[1], 'Shift'));
  return found.map(canonical);
}

/** One spelling for a chord however it was written. @param {string} chord */
export function canonical(chord) {
  const parts = splitChord(chord);
  const key = parts.pop() ?? '';
  const mods = ['Ctrl', 'Alt', 'Shift'].filter((mod) => parts.includes(mod));
  return [...mods, key.length === 1 ? key.toLowerCase() : key].join('+');
}

/** @typedef {{key: string, code?: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, shiftKey: boolean}} KeyLike */

/** @param {string} chord */
function splitChord(chord) {
  if (chord === '+') return ['+'];
  return chord.endsWith('++') ? [...chord.slice(0, -2).split('+'), '+'] : chord.split('+');
}

/** @param {KeyboardEvent} event */
function onKeyDown(event) {
  if (event.defaultPrevented || event.isComposing || isModifier(event.key)) return;
  const typing = isTextField(event.target);
  if (!typing && controlWants(event)) return;
  const now = performance.now();
  const prefix = now < pendingUntil ? pending : '';
  pending = '';
  for (const chord of chordsOf(event)) {
    const spelled = prefix ? `${prefix} ${chord}` : chord;
    const binding = find(spelled, typing);
    if (binding) {
      if (binding.run(event) === false) return;
      event.preventDefault();
      if (binding.release) held.set(event.code, binding);
      return;
    }
    if (!prefix && !typing && startsSequence(chord)) {
      pending = chord;
      pendingUntil = now + SEQUENCE_MS;
      return;
    }
  }
  if (coming && !typing) unanswered.push({ event, page: document.body.dataset.page });
}

/** @param {KeyboardEvent} event */
function onKeyUp(event) {
  const binding = held.get(event.code);
  if (!binding) return;
  held.delete(event.code);
  binding.release?.(event);
}

/** The page's own binding goes before a global one; the last registered first. @param {string} spelled @param {boolean} typing */
function find(spelled, typing) {
  const live = registered.filter(({ scope, binding }) => isLive(scope, binding) && (!typing || binding.whileTyping));
  const fitting = live.filter(({ binding }) => binding.keys.some((keys) => keys.split(' ').map(canonical).join(' ') === spelled)).reverse();
  return (fitting.find(({ scope }) => scope !== 'global') ?? fitting[0])?.binding;
}

/** @param {string} chord */
function startsSequence(chord) {
  return registered.some(({ scope, binding }) => isLive(scope, binding)
    && binding.keys.some((keys) => keys.includes(' ') && canonical(keys.split(' ')[0] ?? '') === chord));
}

/** @param {string} scope @param {Binding} binding */
function isLive(scope, binding) {
  const inDialog = document.querySelector('dialog[open]:modal') !== null;
  const page = document.body.dataset.page ?? '';
  if (inDialog ? scope !== 'dialog' : scope !== 'global' && scope !== page) return false;
  return !binding.except?.includes(page) && (binding.when?.() ?? true);
}

/** Whether the focused control needs this key itself. @param {KeyboardEvent} event */
function controlWants(event) {
  if (!(event.target instanceof Element) || event.ctrlKey || event.metaKey) return false;
  if (MOVING.has(event.key)) return event.target.closest(USES_ARROWS) !== null;
  if (event.key === 'Enter' || event.key === ' ') return event.target.closest(USES_ENTER) !== null;
  return false;
}

/** @param {EventTarget | null} target */
function isTextField(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return TEXT_TYPES.has(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}

/** @param {string} key */
function isModifier(key) {
  return key === 'Shift' || key === 'Control' || key === 'Alt' || key === 'Meta';
}
