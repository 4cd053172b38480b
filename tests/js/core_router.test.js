/** Which address is which page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { match, matchPath, registerPage } from 'pa/core/router.js';

test('a pattern takes its parts from the address', () => {
  assert.deepEqual(matchPath('/library/photo/:id', '/library/photo/17'), { id: '17' });
  assert.deepEqual(matchPath('/settings', '/settings/'), {});
  assert.deepEqual(matchPath('/', '/'), {});
  assert.deepEqual(matchPath('/people/:id', '/people/a%2Fb'), { id: 'a/b' });
});

test('a pattern takes neither more nor less than itself', () => {
  assert.equal(matchPath('/library', '/library/photo/17'), null);
  assert.equal(matchPath('/library/photo/:id', '/library'), null);
  assert.equal(matchPath('/library', '/libraries'), null);
});

test('an address with broken escapes is no page', () => {
  assert.equal(matchPath('/people/:id', '/people/%E0%A4%A'), null);
});

test('the first registered page whose pattern fits is shown', () => {
  const load = () => Promise.reject(new Error('not loaded in this test'));
  registerPage({ name: 'library', pattern: '/library', load });
  registerPage({ name: 'loupe', pattern: '/library/photo/:id', load });
  const found = match(new URL('http://localhost/library/photo/5?sort=elo'));
  assert.equal(found?.route.page, 'loupe');
  assert.equal(found?.route.params.id, '5');
  assert.equal(found?.route.query.get('sort'), 'elo');
  assert.equal(match(new URL('http://localhost/api/work')), null);
});
