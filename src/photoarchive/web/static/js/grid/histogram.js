/** How bright a picture is: counts per brightness and colour, read from the picture as shown; drawn on a canvas. */

const BINS = 256;
/** Long side of the copy that is counted: enough for the shape of the curve, quick to read. */
const SAMPLE_PX = 320;

/** @typedef {{red: Uint32Array, green: Uint32Array, blue: Uint32Array, top: number, low: number, high: number}} Histogram
 * low, high: share of the pixels that are wholly black or white, as the clipping overlay marks them */

/** Count RGBA pixels. @param {Uint8ClampedArray} pixels @returns {Histogram} */
export function countPixels(pixels) {
  const red = new Uint32Array(BINS), green = new Uint32Array(BINS), blue = new Uint32Array(BINS);
  let low = 0, high = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    const r = pixels[i], g = pixels[i + 1], b = pixels[i + 2];
    red[r]++;
    green[g]++;
    blue[b]++;
    if (r <= 1 && g <= 1 && b <= 1) low++;
    if (r >= 254 && g >= 254 && b >= 254) high++;
  }
  let top = 1;
  // The very ends may hold half the picture (a black frame, a white sky); they must not flatten the rest.
  for (let v = 2; v < BINS - 2; v++) top = Math.max(top, red[v], green[v], blue[v]);
  const pixelCount = Math.max(1, pixels.length / 4);
  return { red, green, blue, top, low: low / pixelCount, high: high / pixelCount };
}

/** Count a picture that is loaded. @param {HTMLImageElement | HTMLVideoElement} picture @param {number} width @param {number} height @returns {Histogram | null} */
export function histogramOf(picture, width, height) {
  const scale = Math.min(1, SAMPLE_PX / Math.max(width, height, 1)), canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (!pen || !width) return null;
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return countPixels(pen.getImageData(0, 0, canvas.width, canvas.height).data);
}

/** Draw the three channels over each other. @param {HTMLCanvasElement} canvas @param {Histogram | null} histogram */
export function drawHistogram(canvas, histogram) {
  const ratio = Math.min(2, devicePixelRatio || 1), width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d');
  if (!pen || !histogram || !width) return;
  pen.globalCompositeOperation = 'lighter';
  for (const [channel, colour] of /** @type {const} */ ([['red', '#b8403a'], ['green', '#3c8f4f'], ['blue', '#3f68b8']])) {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(0, height);
    for (let v = 0; v < BINS; v++) {
      const share = Math.min(1, Math.sqrt(histogram[channel][v] / histogram.top)); // the root shows small counts too
      pen.lineTo((v / (BINS - 1)) * width, height - share * (height - 2));
    }
    pen.lineTo(width, height);
    pen.fill();
  }
}
