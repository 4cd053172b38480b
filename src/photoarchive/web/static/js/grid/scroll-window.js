/**
 * Maps a view of any height onto a scroll area a browser can hold. Browsers clip elements at about 33.5 million px; a
 * million photos are taller. The scroll area therefore spans at most 4,000,000 px and stands for a window of the view that
 * starts at `base`; it is moved ("re-anchored") when the user has come near its edge and rests. Pure arithmetic.
 */

export const MAX_SPAN = 4_000_000;
const EDGE_SHARE = 0.1;

export class ScrollWindow {
  /** Height of the whole view, height of the scroll area, and where in the view the area begins; all in px. */
  height = 0;
  span = 0;
  base = 0;
  /** Height of what is seen. */
  viewport = 0;

  /** @param {number} height of the view @param {number} viewport */
  resize(height, viewport) {
    this.height = height;
    this.viewport = viewport;
    this.span = Math.max(viewport, Math.min(MAX_SPAN, height));
    this.base = Math.min(this.base, this.maxBase);
  }

  get maxBase() { return Math.max(0, this.height - this.span); }

  /** The lowest position of the view's upper edge. */
  get maxTop() { return Math.max(0, this.height - this.viewport); }

  /** Position in the view of a scroll offset. @param {number} scrollTop */
  toView(scrollTop) { return scrollTop + this.base; }

  /**
   * Put a position of the view at the top: moves the window when it must, answers the scroll offset.
   * @param {number} top @param {boolean} [recentre] move the window so that the position lies in its middle
   */
  moveTo(top, recentre = true) {
    const y = Math.max(0, Math.min(this.maxTop, Math.round(top)));
    const inside = y >= this.base && y + this.viewport <= this.base + this.span;
    if (recentre || !inside) this.base = Math.round(Math.max(0, Math.min(this.maxBase, y - this.span / 2)));
    return y - this.base;
  }

  /** Whether the user has come so near to an edge of the window that it should be moved. @param {number} scrollTop */
  nearEdge(scrollTop) {
    const margin = this.span * EDGE_SHARE;
    return (scrollTop < margin && this.base > 0) || (scrollTop + this.viewport > this.span - margin && this.base < this.maxBase);
  }

  /** Whether scrolling has hit the very end of the window while the view goes on. @param {number} scrollTop */
  atEnd(scrollTop) {
    return (scrollTop <= 1 && this.base > 0) || (scrollTop + this.viewport >= this.span - 1 && this.base < this.maxBase);
  }
}
