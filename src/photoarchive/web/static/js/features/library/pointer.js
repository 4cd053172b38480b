/** What the pointer does in the grid: click, double click, Ctrl and Shift, touch and hold, Ctrl+wheel. */

/** @typedef {import('pa/grid/grid-view.js').GridView} GridView */
/** @typedef {{open: (index: number) => void, resize: (height: number, clientY: number) => void}} PointerActions */

const HOLD_MS = 450;
const WHEEL_STEP = 1.08;

/** @param {GridView} grid @param {HTMLElement} area @param {PointerActions} actions @returns {() => void} stops it */
export function listenToPointer(grid, area, actions) {
  const controller = new AbortController(), { signal } = controller, { scroller } = grid;
  let held = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let holding;

  scroller.addEventListener('click', (event) => {
    const index = indexAt(event.target), selection = grid.view?.selection;
    if (index < 0 || !selection) return;
    if (held) held = false;
    else if (event.shiftKey) selection.extend(index, event.ctrlKey || event.metaKey);
    else if (event.ctrlKey || event.metaKey || isCheck(event)) selection.toggle(index);
    else if (isTouch(event) && selection.count === 0) actions.open(index);
    else if (isTouch(event)) selection.toggle(index);
    else selection.only(index);
    grid.focus({ reveal: false });
  }, { signal });

  scroller.addEventListener('dblclick', (event) => {
    const index = indexAt(event.target);
    if (index >= 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) actions.open(index);
  }, { signal });

  scroller.addEventListener('pointerdown', (event) => {
    clearTimeout(holding);
    held = false;
    if (event.pointerType !== 'touch') return;
    const index = indexAt(event.target);
    holding = setTimeout(() => {
      if (index < 0) return;
      held = true;
      grid.view?.selection.toggle(index);
    }, HOLD_MS);
  }, { signal });
  for (const name of ['pointerup', 'pointercancel', 'pointermove']) {
    scroller.addEventListener(name, (event) => {
      const { movementX = 0, movementY = 0 } = /** @type {PointerEvent} */ (event);
      if (name !== 'pointermove' || Math.abs(movementX) + Math.abs(movementY) > 4) clearTimeout(holding);
    }, { signal });
  }
  scroller.addEventListener('contextmenu', (event) => { if (held) event.preventDefault(); }, { signal });

  area.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    actions.resize(grid.rowHeight * (event.deltaY < 0 ? WHEEL_STEP : 1 / WHEEL_STEP), event.clientY);
  }, { signal, passive: false });

  return () => {
    clearTimeout(holding);
    controller.abort();
  };
}

/** @param {EventTarget | null} target @returns {number} position of the photo, −1 none */
function indexAt(target) {
  const tile = target instanceof Element ? target.closest('.tile') : null;
  return /** @type {any} */ (tile)?.tile?.index ?? -1;
}

/** @param {MouseEvent} event */
const isTouch = (event) => /** @type {PointerEvent} */ (event).pointerType === 'touch';

/** The round check at a tile's corner selects without dropping the rest. @param {Event} event */
const isCheck = (event) => event.target instanceof Element && event.target.closest('.tile-check') !== null;
