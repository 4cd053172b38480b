/**
 * A live photo on the stage: its clip plays in the picture's place while the picture is held or the badge pointed at, and
 * a click on the badge plays it once with sound. What browsers cannot play is copied first; the badge says how far that is.
 */
import { isAbort, sentenceOf } from 'pa/core/http.js';
import { percent } from 'pa/core/format.js';
import { withKey } from 'pa/core/keys.js';
import { askPlayback, copyOf, makeCopy, sourceOf } from 'pa/grid/playback.js';
import { iconElement } from 'pa/ui/icons.js';
import { showToast } from 'pa/ui/toast.js';

const REST_MS = 120;
const NOT_HERE = 'This browser cannot play the clip of this photo. The original is untouched.';

export class LiveClip {
  badge = document.createElement('button');
  #word = document.createElement('span');
  #video = document.createElement('video');
  #host;
  #id = 0;
  /** @type {AbortController | null} */
  #asking = null;
  #wanted = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resting;

  /** @param {HTMLElement} host what the clip covers: the frame of the picture */
  constructor(host) {
    this.#host = host;
    this.badge.type = 'button';
    this.badge.className = 'loupe-live';
    this.badge.hidden = true;
    this.badge.title = `${withKey('Play the live photo', 'l')}, or hold the picture`;
    this.badge.append(iconElement('aperture'), this.#word);
    this.#video.className = 'stage-clip';
    this.#video.playsInline = true;
    this.badge.addEventListener('pointerenter', (event) => { if (event.pointerType === 'mouse') this.#resting = setTimeout(() => void this.play({ muted: true, loop: true }), REST_MS); });
    this.badge.addEventListener('pointerleave', () => this.stop());
    this.badge.addEventListener('pointerdown', (event) => { if (event.pointerType !== 'mouse') void this.play({ muted: false, loop: true }); });
    for (const name of ['pointerup', 'pointercancel']) this.badge.addEventListener(name, (event) => { if (/** @type {PointerEvent} */ (event).pointerType !== 'mouse') this.stop(); });
    this.badge.addEventListener('click', () => void this.play({ muted: false, loop: false }));
    this.badge.addEventListener('contextmenu', (event) => event.preventDefault());
    this.#video.addEventListener('ended', () => this.stop());
  }

  get isOpen() { return !this.badge.hidden; }

  /** @param {number} id the live photo that is shown, 0 none */
  follow(id) {
    if (id === this.#id) return;
    this.hide();
    this.#id = id;
    this.#say('Live');
    this.badge.hidden = id === 0;
  }

  hide() {
    this.stop();
    this.#asking?.abort();
    this.badge.hidden = true;
    this.#id = 0;
  }

  toggle() {
    if (this.#wanted) this.stop();
    else void this.play({ muted: false, loop: false });
  }

  /** The picture is held: play until it is let go. Whether there is something to play. */
  hold() {
    if (this.isOpen) void this.play({ muted: false, loop: true });
    return this.isOpen;
  }

  stop() {
    clearTimeout(this.#resting);
    this.#wanted = false;
    if (!this.#video.isConnected) return;
    this.#video.pause();
    this.#video.removeAttribute('src');
    this.#video.load(); // lets go of the connection
    this.#video.remove();
    this.badge.removeAttribute('data-playing');
  }

  /** @param {{muted: boolean, loop: boolean}} how */
  async play({ muted, loop }) {
    clearTimeout(this.#resting);
    this.#wanted = true;
    if (this.#video.isConnected && this.#video.loop === loop) return;
    this.#asking?.abort();
    const { signal } = this.#asking = new AbortController(), id = this.#id;
    try {
      const source = await this.#source(id, signal);
      if (!source || !this.#wanted || this.#id !== id || signal.aborted) return;
      this.#video.muted = muted;
      this.#video.loop = loop;
      this.#video.src = source;
      this.#host.append(this.#video);
      this.badge.setAttribute('data-playing', '');
      await this.#video.play().catch((error) => {
        if (error.name !== 'NotAllowedError' || muted) throw error;
        this.#video.muted = true; // a browser that wants a tap before there is sound
        return this.#video.play();
      });
    } catch (error) {
      if (isAbort(error) || this.#id !== id) return;
      this.stop();
      this.#say('Live');
      if (!loop) showToast(error instanceof DOMException ? NOT_HERE : sentenceOf(error), { kind: 'error' });
    }
  }

  /** @param {number} id @param {AbortSignal} signal */
  async #source(id, signal) {
    const playback = await askPlayback(id, signal), source = sourceOf(playback);
    if (source) return source;
    const proxy = await makeCopy(id, ({ fraction }) => this.#say(fraction === null ? 'Live …' : `Live ${percent(fraction)}`), signal);
    this.#say('Live');
    if (proxy.state === 'failed') throw new Error(`The clip cannot be played: ${proxy.reason}`);
    return proxy.state === 'ready' ? copyOf(playback) : null;
  }

  /** @param {string} word */
  #say(word) {
    this.#word.textContent = word;
  }
}
