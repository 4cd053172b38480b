/** Lists of people and faces: they come page by page without a cap, and are read again as far as they were. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Paged } from '../../src/photoarchive/web/static/js/features/people/paged.js';

const MOST = 500;

/** Answers as the server does: a page of the items, at most 500, and how many there are. @param {{id: number}[]} all */
function serve(all) {
  /** @type {string[]} */
  const asked = [];
  globalThis.fetch = async (path) => {
    asked.push(String(path));
    const query = new URL(String(path), 'http://localhost').searchParams, limit = Math.min(MOST, Number(query.get('limit'))), offset = Number(query.get('offset'));
    return Response.json({ faces: all.slice(offset, offset + limit), total: all.length });
  };
  return asked;
}

const list = () => new Paged((limit, offset) => `/api/people/faces?limit=${limit}&offset=${offset}`, ({ faces, total }) => ({ items: faces, total }), 60);
const numbered = (/** @type {number} */ count) => Array.from({ length: count }, (_, at) => ({ id: at + 1 }));

test('a list grows to its end and keeps its length when it is read again', async () => {
  const all = numbered(1300), asked = serve(all), faces = list();
  await faces.reload();
  assert.deepEqual([faces.items.value.length, faces.total.value, faces.hasMore], [60, 1300, true]);
  while (faces.hasMore) await faces.more();
  assert.deepEqual(faces.items.value, all);
  asked.length = 0;
  all.splice(0, 10);
  await faces.reload();
  assert.deepEqual(faces.items.value, all);
  assert.equal(asked.length, 3); // no request asks for more than the server gives
});

test('the last of two readings wins, and something new in front is not shown twice', async () => {
  const all = numbered(100);
  serve(all);
  const faces = list();
  await Promise.all([faces.reload(), faces.reload()]);
  all.unshift({ id: 999 });
  await faces.more();
  const ids = faces.items.value.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});
