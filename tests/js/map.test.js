/** The map's browser side without DOM: decoding points, clusters as the server makes them, words, coordinates. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cluster, mercatorX, mercatorY } from 'pa/features/map/clusters.js';
import { daysOfYear, decodePoints } from 'pa/features/map/points.js';
import { boxText } from 'pa/features/map/state.js';
import { compactCount } from 'pa/features/map/words.js';
import { readSpot } from 'pa/ui/place-picker.js';

/** @param {[number, number, number][]} places lat, lng, day */
function encoded(places) {
  const meta = new TextEncoder().encode(JSON.stringify({ total: places.length, located: places.length, clustered: false, bounds: null, years: [], unreadable: [] }).padEnd(128));
  const buffer = new ArrayBuffer(12 + 128 + places.length * 16), head = new DataView(buffer), count = places.length;
  head.setUint32(0, 0x314d4150, true);
  head.setUint32(4, count, true);
  head.setUint32(8, 128, true);
  new Uint8Array(buffer, 12, 128).set(meta);
  new Uint32Array(buffer, 140, count).set(places.map((_, index) => index + 1));
  new Int32Array(buffer, 140 + count * 4, count).set(places.map(([, lng]) => Math.round(lng * 1e7)));
  new Int32Array(buffer, 140 + count * 8, count).set(places.map(([lat]) => Math.round(lat * 1e7)));
  new Int32Array(buffer, 140 + count * 12, count).set(places.map(([, , day]) => day));
  return buffer;
}

const WORLD = { west: -180, south: -90, east: 180, north: 90, zoom: 2 };

test('points come out as they went in, and a broken list is refused', () => {
  const points = decodePoints(encoded([[67.93, 13.09, 18000], [-90, 180, -5]]));
  assert.deepEqual([...points.ids], [1, 2]);
  assert.deepEqual([...points.day], [18000, -5]);
  assert.ok(Math.abs(points.x[0] - (13.09 + 180) / 360) < 1e-9);
  assert.equal(points.y[1], 1);
  assert.equal(points.x[1], 0);
  assert.throws(() => decodePoints(new ArrayBuffer(8)), RangeError);
  assert.throws(() => decodePoints(encoded([[1, 2, 3]]).slice(0, 150)), RangeError);
});

test('every photo of the world is in one cluster, whichever way the map was turned', () => {
  const places = Array.from({ length: 500 }, (_, n) => /** @type {[number, number, number]} */ ([((n * 37.7) % 170) - 85, ((n * 91.3) % 360) - 180, n]));
  const points = decodePoints(encoded(places));
  for (const west of [-540, -180, 0, 171.5]) {
    const { clusters, shown, image_ids: ids } = cluster(points, { ...WORLD, west, east: west + 360 }, null);
    assert.equal(shown, 500);
    assert.equal(clusters.reduce((sum, one) => sum + one.count, 0), 500);
    assert.deepEqual(ids.slice(0, 3), [1, 2, 3]);
    for (const one of clusters) assert.ok(one.lng >= west - 1e-6 && one.lng <= west + 360 + 1e-6);
  }
});

test('both sides of the antimeridian are one place', () => {
  const points = decodePoints(encoded([[-17, 179.9, 0], [-17, -179.9, 0]]));
  const { clusters } = cluster(points, { west: 170, south: -30, east: 190, north: 0, zoom: 3 }, null);
  assert.deepEqual(clusters.map(({ count }) => count), [2]);
  assert.ok(Math.abs(clusters[0].lng - 180) < 0.01);
});

test('the timeline shows the photos of one year', () => {
  const points = decodePoints(encoded([[1, 1, 17897], [1, 1, 17896], [1, 1, -2147483648]]));
  assert.deepEqual(daysOfYear(2019), [17897, 18262]);
  assert.deepEqual(cluster(points, WORLD, daysOfYear(2019)).image_ids, [1]);
  assert.equal(cluster(points, WORLD, null).shown, 3);
});

test('the world is a square', () => {
  assert.equal(mercatorX(-180), 0);
  assert.equal(mercatorX(180), 0);
  assert.equal(mercatorY(0), 0.5);
  assert.deepEqual([mercatorY(90), mercatorY(-90)], [0, 1]);
});

test('numbers stay short, boxes turn back to ±180, coordinates are read as people type them', () => {
  assert.deepEqual([0, 999, 1000, 1249, 9960, 250_000, 999_499, 999_500, 1_000_000, 12_345_678].map(compactCount),
    ['0', '999', '1k', '1.2k', '10k', '250k', '999k', '1M', '1M', '12M']);
  assert.equal(boxText([170, -30, 190, 0]), '170,-30,-170,0');
  assert.equal(boxText([-200, -10, 200, 10]), '-180,-10,180,10');
  assert.deepEqual(readSpot('67.9325, 13.0895'), { lat: 67.9325, lng: 13.0895 });
  assert.deepEqual(readSpot('−33.9 18.4'), { lat: -33.9, lng: 18.4 });
  assert.equal(readSpot('91, 0'), null);
  assert.equal(readSpot('somewhere'), null);
});
