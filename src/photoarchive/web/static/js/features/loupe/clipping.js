/** The clipping overlay: pixels without detail, white ones in red, black ones in blue, drawn over the picture. */

/** Long side of the overlay: enough to see where, quick to compute. */
const LONG_SIDE = 1200;
const BLACK = 2, WHITE = 253;

/** Turn a picture's RGBA pixels into the overlay's, in place. @param {Uint8ClampedArray} pixels */
export function markClipped(pixels) {
  for (let i = 0; i < pixels.length; i += 4) {
    const r = pixels[i], g = pixels[i + 1], b = pixels[i + 2];
    const white = r >= WHITE && g >= WHITE && b >= WHITE, black = r <= BLACK && g <= BLACK && b <= BLACK;
    pixels[i] = white ? 255 : black ? 60 : 0;
    pixels[i + 1] = white ? 60 : black ? 120 : 0;
    pixels[i + 2] = white ? 50 : black ? 255 : 0;
    pixels[i + 3] = white || black ? 235 : 0;
  }
}

export class Clipping {
  on = false;
  #canvas = document.createElement('canvas');
  #frame;

  /** @param {HTMLElement} frame */
  constructor(frame) {
    this.#frame = frame;
    this.#canvas.className = 'stage-clipping';
    this.#canvas.hidden = true;
    this.#canvas.setAttribute('aria-hidden', 'true');
  }

  attach() {
    this.#frame.append(this.#canvas);
  }

  /** @param {HTMLImageElement | null} image */
  draw(image) {
    this.#canvas.hidden = !this.on || !image;
    if (!this.on || !image?.naturalWidth) return;
    const scale = Math.min(1, LONG_SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    this.#canvas.width = Math.round(image.naturalWidth * scale);
    this.#canvas.height = Math.round(image.naturalHeight * scale);
    const pen = this.#canvas.getContext('2d', { willReadFrequently: true });
    if (!pen) return;
    pen.drawImage(image, 0, 0, this.#canvas.width, this.#canvas.height);
    const data = pen.getImageData(0, 0, this.#canvas.width, this.#canvas.height);
    markClipped(data.data);
    pen.putImageData(data, 0, 0);
  }

  clear() {
    this.#canvas.hidden = true;
  }
}
