/** The keyboard registry: how chords are spelled, matched and shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonical, chordsOf, keyCaps, listKeys, registerKeys, withKey } from 'pa/core/keys.js';

/** @param {Partial<import('pa/core/keys.js').KeyLike> & {key: string}} given */
const press = (given) => ({ code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...given });

test('a letter is the same with caps lock, and another with Shift', () => {
  assert.deepEqual(chordsOf(press({ key: 'P' })), ['p']);
  assert.deepEqual(chordsOf(press({ key: 'P', shiftKey: true })), [canonical('Shift+P')]);
});

test('Command on a Mac is Ctrl', () => {
  assert.deepEqual(chordsOf(press({ key: 'z', metaKey: true })), [canonical('Ctrl+Z')]);
  assert.deepEqual(chordsOf(press({ key: 'Z', ctrlKey: true, shiftKey: true })), [canonical('Shift+Ctrl+z')]);
});

test('a sign that needs Shift on some keyboards is written as itself', () => {
  assert.deepEqual(chordsOf(press({ key: '?', shiftKey: true, code: 'Slash' })), ['?']);
  assert.deepEqual(chordsOf(press({ key: '/' })), ['/']);
  assert.deepEqual(chordsOf(press({ key: '+', shiftKey: true })), ['+']);
});

test('Shift and a digit is found on every keyboard layout', () => {
  assert.ok(chordsOf(press({ key: '!', shiftKey: true, code: 'Digit1' })).includes('Shift+1'));
  assert.ok(chordsOf(press({ key: '"', shiftKey: true, code: 'Digit2' })).includes('Shift+2'));
});

test('keys with names keep their modifiers', () => {
  assert.deepEqual(chordsOf(press({ key: ' ' })), ['Space']);
  assert.deepEqual(chordsOf(press({ key: 'ArrowLeft', shiftKey: true })), ['Shift+ArrowLeft']);
});

test('key caps read like a keyboard', () => {
  assert.deepEqual(keyCaps('Ctrl+Shift+Z'), [['Ctrl', 'Shift', 'Z']]);
  assert.deepEqual(keyCaps('g l'), [['G'], ['L']]);
  assert.deepEqual(keyCaps('+'), [['+']]);
  assert.deepEqual(keyCaps('Ctrl++'), [['Ctrl', '+']]);
  assert.equal(withKey('Reject', 'x'), 'Reject (X)');
  assert.equal(withKey('Go to Library', 'g l'), 'Go to Library (G then L)');
  assert.equal(withKey('Reject'), 'Reject');
});

test('the help lists what is registered and forgets what is taken away', () => {
  const run = () => {};
  const off = registerKeys('library', [
    { keys: ['p'], label: 'Pick', group: 'Flags', run },
    { keys: ['x'], label: 'Reject', group: 'Flags', run },
    { keys: ['F9'], label: 'Secret', group: 'Flags', run, hidden: true },
  ]);
  assert.deepEqual(listKeys(['library']).get('Flags')?.map((binding) => binding.label), ['Pick', 'Reject']);
  assert.equal(listKeys(['loupe']).size, 0);
  off();
  assert.equal(listKeys(['library']).size, 0);
});
