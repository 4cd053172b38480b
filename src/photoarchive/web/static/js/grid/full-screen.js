/** Full screen: hides the bars of the shell and asks the browser for the whole screen. Escape brings them back. */

let listening = false;

export function toggleFullScreen() {
  setFullScreen(!isFullScreen());
}

export const isFullScreen = () => document.body.hasAttribute('data-bare');

/** @param {boolean} on */
export function setFullScreen(on) {
  document.body.toggleAttribute('data-bare', on);
  if (!listening) {
    listening = true;
    document.addEventListener('fullscreenchange', () => { if (!document.fullscreenElement) document.body.removeAttribute('data-bare'); });
  }
  // Browsers may refuse the screen (in a frame, by policy): the bars are hidden all the same.
  if (on) document.documentElement.requestFullscreen?.().catch(() => {});
  else if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
}
