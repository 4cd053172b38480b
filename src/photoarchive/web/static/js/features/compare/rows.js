/**
 * Where the photos of a mosaic lie: balanced rows that all fill the same width and always fit the window. Pure.
 *
 * For every number of rows the photos, in their order, are split so that the rows' aspect sums are as equal as possible.
 * A justified row of aspect sum s is width / s high. Rows that come out a little too high or too low for the window are
 * cropped by at most CROP; beyond that the whole mosaic is made narrower (or keeps room above and below) instead.
 */

/** @typedef {{x: number, y: number, width: number, height: number}} Box */
/** @typedef {{boxes: Box[], rows: number[]}} Mosaic rows: photos in each row */
/** @typedef {{rows: number[], heights: number[], width: number, shown: number}} Candidate */

export const GAP = 6;
/** Largest share of a photo that may be cut off to fill the window. */
export const CROP = 0.08;
/** Panoramas and scrolls get a tile of this shape and are shown whole inside it. */
export const NARROWEST = 0.42, WIDEST = 3;

/** @param {number | null | undefined} ratio width / height */
export function tileAspect(ratio) {
  return ratio && Number.isFinite(ratio) ? Math.min(WIDEST, Math.max(NARROWEST, ratio)) : 1.5;
}

/**
 * @param {readonly number[]} aspects of the photos, width / height
 * @param {number} width of the window's room in px @param {number} height @param {number} [gap]
 * @returns {Mosaic}
 */
export function mosaicRows(aspects, width, height, gap = GAP) {
  if (!aspects.length || width <= 0 || height <= 0) return { boxes: [], rows: [] };
  const shapes = aspects.map(tileAspect);
  let best = candidate(shapes, 1, width, height, gap);
  for (let count = 2; count <= shapes.length; count++) {
    const next = candidate(shapes, count, width, height, gap);
    if (worth(next) > worth(best)) best = next;
  }
  return place(shapes, best, width, height, gap);
}

/** Large photos are good, rows of very different height are not. @param {Candidate} candidate */
function worth({ shown, heights }) {
  return shown * Math.sqrt(Math.min(...heights) / Math.max(...heights));
}

/**
 * @param {number[]} aspects @param {number} count of rows @param {number} width @param {number} height @param {number} gap
 * @returns {Candidate}
 */
function candidate(aspects, count, width, height, gap) {
  const rows = split(aspects, count), sums = sumsOf(aspects, rows), room = Math.max(1, height - gap * (count - 1));
  /** @param {number} across */
  const heightsAt = (across) => sums.map((sum, row) => Math.max(1, across - gap * (rows[row] - 1)) / sum);
  const natural = total(heightsAt(width)), stretch = Math.min(1 / (1 - CROP), Math.max(1 - CROP, room / natural));
  let across = width;
  if (natural * stretch > room) across = narrowed(sums, rows, room / stretch, gap);
  const heights = heightsAt(across).map((one) => one * stretch), over = Math.min(1, room / total(heights));
  const fitting = heights.map((one) => one * over);
  return { rows, heights: fitting, width: across, shown: across * total(fitting) };
}

/** The width at which justified rows are together `room` high: Σ (w − gapsᵢ) / sᵢ = room. @param {number[]} sums @param {number[]} rows @param {number} room @param {number} gap */
function narrowed(sums, rows, room, gap) {
  const lost = total(sums.map((sum, row) => gap * (rows[row] - 1) / sum));
  return (room + lost) / total(sums.map((sum) => 1 / sum));
}

/**
 * Split in order into `count` rows, the aspect sums as near to their mean as can be (least squares).
 * @param {number[]} aspects @param {number} count @returns {number[]} photos in each row
 */
function split(aspects, count) {
  const n = aspects.length, mean = total(aspects) / count, before = [0];
  for (const aspect of aspects) before.push(/** @type {number} */ (before.at(-1)) + aspect);
  /** cost[row][end]: of the first `end` photos in `row` rows. */
  const cost = Array.from({ length: count + 1 }, () => new Float64Array(n + 1).fill(Infinity));
  const from = Array.from({ length: count + 1 }, () => new Uint8Array(n + 1));
  cost[0][0] = 0;
  for (let row = 1; row <= count; row++) {
    for (let end = row; end <= n - (count - row); end++) {
      for (let start = row - 1; start < end; start++) {
        const tried = cost[row - 1][start] + (before[end] - before[start] - mean) ** 2;
        if (tried >= cost[row][end]) continue;
        cost[row][end] = tried;
        from[row][end] = start;
      }
    }
  }
  const rows = [];
  for (let row = count, end = n; row > 0; row--) {
    rows.unshift(end - from[row][end]);
    end = from[row][end];
  }
  return rows;
}

/** Whole pixels whose edges meet: rounding an edge, never a size. @param {number[]} aspects @param {Candidate} chosen @param {number} width @param {number} height @param {number} gap @returns {Mosaic} */
function place(aspects, { rows, heights, width: across }, width, height, gap) {
  const left = (width - across) / 2, tall = total(heights) + gap * (rows.length - 1);
  /** @type {Box[]} */
  const boxes = [];
  let y = Math.max(0, (height - tall) / 2), first = 0;
  for (const [row, count] of rows.entries()) {
    const shapes = aspects.slice(first, first + count), unit = (across - gap * (count - 1)) / total(shapes);
    const top = Math.round(y), bottom = Math.min(Math.floor(height), Math.round(y + heights[row]));
    let x = left;
    for (const shape of shapes) {
      const start = Math.round(x), end = Math.round(x + shape * unit);
      boxes.push({ x: start, y: top, width: Math.max(1, end - start), height: Math.max(1, bottom - top) });
      x += shape * unit + gap;
    }
    y += heights[row] + gap;
    first += count;
  }
  return { boxes, rows };
}

/**
 * The photo an arrow key leads to: left and right in reading order, up and down to the one most nearly above or below.
 * @param {Mosaic} mosaic @param {number} at @param {'left' | 'right' | 'up' | 'down'} move
 */
export function neighbour({ boxes, rows }, at, move) {
  if (at < 0) return 0;
  if (move === 'left') return Math.max(0, at - 1);
  if (move === 'right') return Math.min(boxes.length - 1, at + 1);
  const starts = rows.map((_, row) => total(rows.slice(0, row)));
  const row = starts.findLastIndex((start) => start <= at), wanted = row + (move === 'up' ? -1 : 1);
  if (wanted < 0 || wanted >= rows.length) return at;
  const middle = boxes[at].x + boxes[at].width / 2;
  const choices = Array.from({ length: rows[wanted] }, (_, n) => starts[wanted] + n);
  /** @param {number} index */
  const away = (index) => Math.abs(boxes[index].x + boxes[index].width / 2 - middle);
  return choices.reduce((best, index) => (away(index) < away(best) ? index : best));
}

/** @param {number[]} aspects @param {number[]} rows */
function sumsOf(aspects, rows) {
  let first = 0;
  return rows.map((count) => total(aspects.slice(first, first += count)));
}

/** @param {number[]} values */
function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}
