/** The edge of the filter panel: drag it, or use the arrow keys on it, to make the panel wider or narrower. */

const KEY = 'photoarchive.leftWidth';
const NARROWEST = 180, WIDEST = 360, USUAL = 232, STEP = 16;

/** @param {HTMLElement} panel @returns {HTMLElement} */
export function resizeHandle(panel) {
  const handle = document.createElement('div');
  handle.className = 'library-edge';
  handle.tabIndex = 0;
  handle.setAttribute('role', 'separator');
  handle.setAttribute('aria-orientation', 'vertical');
  handle.setAttribute('aria-label', 'Width of the filters');
  handle.setAttribute('aria-valuemin', String(NARROWEST));
  handle.setAttribute('aria-valuemax', String(WIDEST));
  let width = USUAL;
  /** @param {number} wanted */
  const set = (wanted) => {
    width = Math.round(Math.min(WIDEST, Math.max(NARROWEST, wanted)));
    panel.style.setProperty('--left-width', `${width}px`);
    handle.setAttribute('aria-valuenow', String(width));
  };
  set(read());
  handle.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    const controller = new AbortController(), { signal } = controller, left = panel.getBoundingClientRect().left;
    handle.addEventListener('pointermove', (at) => set(at.clientX - left), { signal });
    const end = () => {
      controller.abort();
      keep(width);
    };
    handle.addEventListener('pointerup', end, { signal });
    handle.addEventListener('pointercancel', end, { signal });
  });
  handle.addEventListener('dblclick', () => {
    set(USUAL);
    keep(width);
  });
  handle.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    event.stopPropagation();
    set(width + (event.key === 'ArrowLeft' ? -STEP : STEP));
    keep(width);
  });
  return handle;
}

function read() {
  try {
    return Number(localStorage.getItem(KEY)) || USUAL;
  } catch {
    return USUAL;
  }
}

/** @param {number} width */
function keep(width) {
  try {
    localStorage.setItem(KEY, String(width));
  } catch {
    // Storage is blocked: the width lasts as long as the page.
  }
}
