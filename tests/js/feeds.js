/** Feeds for tests: the encoder the browser does not need, and random views. */

/** @typedef {{id: number, colour?: number, bits?: number, aspect?: number}} FeedPhoto */

/**
 * @param {{meta?: object, sections?: [number, number][], photos: FeedPhoto[]}} view sections: [key, count]
 * @returns {ArrayBuffer}
 */
export function encodeFeed({ meta = { token: 't', total: 0, sort: 'elo', sections: 'none' }, sections, photos }) {
  const parts = sections ?? [[-2147483648, photos.length]];
  const json = new TextEncoder().encode(JSON.stringify(meta)), metaBytes = Math.ceil(json.length / 4) * 4;
  const buffer = new ArrayBuffer(16 + metaBytes + parts.length * 8 + photos.length * 9), view = new DataView(buffer);
  view.setUint32(0, 0x31464150, true);
  view.setUint32(4, photos.length, true);
  view.setUint32(8, parts.length, true);
  view.setUint32(12, metaBytes, true);
  const bytes = new Uint8Array(buffer);
  bytes.fill(32, 16, 16 + metaBytes);
  bytes.set(json, 16);
  let at = 16 + metaBytes;
  for (const [, count] of parts) { view.setUint32(at, count, true); at += 4; }
  for (const [key] of parts) { view.setInt32(at, key, true); at += 4; }
  for (const photo of photos) { view.setUint32(at, photo.id, true); at += 4; }
  for (const photo of photos) { view.setUint16(at, photo.colour ?? 0x39e7, true); at += 2; }
  for (const photo of photos) { view.setUint16(at, photo.bits ?? 7 << 2, true); at += 2; }
  for (const photo of photos) bytes[at++] = photo.aspect ?? 147;
  return buffer;
}

/** Repeatable random numbers 0…1 (mulberry32). @param {number} seed */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
