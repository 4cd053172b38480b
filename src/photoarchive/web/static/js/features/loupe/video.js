/** A video on the stage: the browser's own player, with steps of single frames; a still and a reason where it cannot play. */
import { getJson, isAbort, sentenceOf } from 'pa/core/http.js';
import { iconElement } from 'pa/ui/icons.js';

const USUAL_RATE = 30;

export class VideoPlayer {
  element = document.createElement('div');
  #video = document.createElement('video');
  #message = document.createElement('p');
  /** @type {AbortController | null} */
  #asking = null;
  frameRate = USUAL_RATE;

  constructor() {
    this.element.className = 'loupe-video';
    this.element.hidden = true;
    this.#video.preload = 'metadata';
    this.#video.playsInline = true;
    this.#message.className = 'loupe-video-message';
    this.#message.hidden = true;
    this.#message.setAttribute('role', 'status');
    this.element.append(this.#video, this.#message);
    this.#video.addEventListener('error', () => {
      if (this.#isLoaded) this.#say('The browser could not play this video. The original is untouched; open it in a video player.');
    });
  }

  get isOpen() { return !this.element.hidden; }

  get #isLoaded() { return this.#video.hasAttribute('src'); }

  /** The still at once, the video when the server says that browsers can play it. @param {number} id @param {string} name */
  show(id, name) {
    this.#unload();
    this.element.hidden = false;
    this.#message.hidden = true;
    this.#video.poster = `/api/thumb/md/${id}`;
    this.#video.setAttribute('aria-label', name);
    void this.#load(id);
  }

  hide() {
    if (this.element.hidden) return;
    this.#unload();
    this.#video.removeAttribute('poster');
    this.element.hidden = true;
  }

  toggle() {
    if (!this.#isLoaded) return;
    if (this.#video.paused) this.#video.play().catch(() => {}); // the error event says why
    else this.#video.pause();
  }

  /** One frame on or back. @param {1 | -1} direction */
  stepFrame(direction) {
    if (!this.#isLoaded) return;
    this.#video.pause();
    this.#video.currentTime = Math.max(0, this.#video.currentTime + direction / this.frameRate);
  }

  /** @param {number} id */
  async #load(id) {
    const asking = this.#asking = new AbortController();
    try {
      const { unplayable } = await getJson(`/api/image/${id}/media-status`, { signal: asking.signal });
      if (asking.signal.aborted) return;
      if (unplayable) {
        this.#say(unplayable);
        return;
      }
      this.#video.controls = true;
      this.#video.src = `/api/video/${id}`;
    } catch (error) {
      if (!isAbort(error)) this.#say(sentenceOf(error));
    }
  }

  #unload() {
    this.#asking?.abort();
    this.#video.controls = false;
    if (!this.#isLoaded) return;
    this.#video.pause();
    this.#video.removeAttribute('src');
    this.#video.load(); // lets go of the connection
  }

  /** Why there is only a still. @param {string} sentence */
  #say(sentence) {
    this.#unload();
    this.#message.hidden = false;
    this.#message.replaceChildren(iconElement('film'), sentence);
  }
}
