/** Later is soon enough: what a page does once its first pictures are asked for and drawn. */

const LONGEST_MS = 300, WITHOUT_IDLE_MS = 30;

/** Resolves when the browser has nothing urgent to do, at the latest after a moment. @returns {Promise<void>} */
export function whenIdle() {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: LONGEST_MS });
    else setTimeout(resolve, WITHOUT_IDLE_MS);
  });
}
