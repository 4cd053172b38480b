/** A video on the stage: the browser's own player, with steps of single frames. */
import { iconElement } from 'pa/ui/icons.js';

const USUAL_RATE = 30;

export class VideoPlayer {
  element = document.createElement('div');
  #video = document.createElement('video');
  #message = document.createElement('p');
  frameRate = USUAL_RATE;

  constructor() {
    this.element.className = 'loupe-video';
    this.element.hidden = true;
    this.#video.controls = true;
    this.#video.preload = 'metadata';
    this.#video.playsInline = true;
    this.#message.className = 'loupe-video-message';
    this.#message.hidden = true;
    this.#message.setAttribute('role', 'alert');
    this.element.append(this.#video, this.#message);
    this.#video.addEventListener('error', () => { if (this.#video.src) this.#fail(); });
  }

  get isOpen() { return !this.element.hidden; }

  /** @param {number} id @param {string} name */
  show(id, name) {
    this.element.hidden = false;
    this.#message.hidden = true;
    this.#video.hidden = false;
    this.#video.poster = `/api/thumb/md/${id}`;
    this.#video.src = `/api/video/${id}`;
    this.#video.setAttribute('aria-label', name);
  }

  hide() {
    if (this.element.hidden) return;
    this.#video.pause();
    this.#video.removeAttribute('src');
    this.#video.removeAttribute('poster');
    this.#video.load(); // lets go of the connection
    this.element.hidden = true;
  }

  toggle() {
    if (this.#video.paused) this.#video.play().catch(() => {}); // the error event says why
    else this.#video.pause();
  }

  /** One frame on or back. @param {1 | -1} direction */
  stepFrame(direction) {
    this.#video.pause();
    this.#video.currentTime = Math.max(0, this.#video.currentTime + direction / this.frameRate);
  }

  #fail() {
    this.#video.hidden = true;
    this.#message.hidden = false;
    this.#message.replaceChildren(iconElement('film'), ' This video cannot be played here yet. A copy that browsers can play is made on demand; try again in a moment.');
  }
}
