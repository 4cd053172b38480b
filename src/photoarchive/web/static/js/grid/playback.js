/** How a video, or the clip of a live photo, can be played here: as it is, or by a copy that the server makes on demand. */
import { getJson, postJson } from 'pa/core/http.js';

/** @typedef {{state: 'none'|'waiting'|'making'|'ready'|'failed', fraction: number | null, eta_seconds: number | null, reason: string}} Proxy */
/** @typedef {{id: number, url: string, playable: boolean, unplayable: string | null, codec: string | null, duration: number | null, frame_rate: number | null, proxy: Proxy}} Playback */

const POLL_MS = 500;
/** What browsers call the codecs that only some of them play. @type {Record<string, string>} */
const OWN_CODECS = { hevc: 'video/mp4; codecs="hvc1.1.6.L120.B0"' };

/** @param {number} id the video, or the live photo @param {AbortSignal} [signal] @returns {Promise<Playback>} */
export function askPlayback(id, signal) {
  return getJson(`/api/video/${id}/playback`, { signal, automatic: true });
}

/** Where to play it from, null where only a copy would do. @param {Playback} playback */
export function sourceOf(playback) {
  if (!playback.unplayable) return playback.url;
  if (playback.proxy.state === 'ready') return `${playback.url}?copy=1`;
  const type = OWN_CODECS[playback.codec ?? ''];
  return type && document.createElement('video').canPlayType(type) === 'probably' ? `${playback.url}?original=1` : null;
}

/** The address of the copy. @param {Playback} playback */
export const copyOf = (playback) => `${playback.url}?copy=1`;

/**
 * Have the copy made and wait for it. Resolves to the state it ended in: ready, failed, or none when it was cancelled.
 * @param {number} id @param {(proxy: Proxy) => void} tell called with each step @param {AbortSignal} signal stops the waiting, not the making
 * @returns {Promise<Proxy>}
 */
export async function makeCopy(id, tell, signal) {
  await postJson(`/api/video/${id}/proxy`, {}, { signal });
  return awaitCopy(id, tell, signal);
}

/** Wait for a copy that is being made. @param {number} id @param {(proxy: Proxy) => void} tell @param {AbortSignal} signal @returns {Promise<Proxy>} */
export async function awaitCopy(id, tell, signal) {
  for (;;) {
    const { proxy } = await askPlayback(id, signal);
    if (proxy.state !== 'waiting' && proxy.state !== 'making') return proxy;
    tell(proxy);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    signal.throwIfAborted();
  }
}

/** Give the copy up. @param {number} id */
export function cancelCopy(id) {
  return postJson(`/api/video/${id}/proxy/cancel`);
}
