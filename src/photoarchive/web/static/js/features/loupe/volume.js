/** The volume of the player, kept over videos and sessions. */

const KEY = 'photoarchive.player.volume';

/** @param {HTMLMediaElement} media */
export function recallVolume(media) {
  try {
    const { volume = 1, muted = false } = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    if (typeof volume === 'number' && volume >= 0 && volume <= 1) media.volume = volume;
    media.muted = muted === true;
  } catch {
    // Storage is blocked or holds something else: the browser's own volume.
  }
}

/** @param {HTMLMediaElement} media */
export function rememberVolume({ volume, muted }) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ volume, muted }));
  } catch {
    // Storage is blocked: the volume lasts as long as the page.
  }
}
