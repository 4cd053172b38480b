/** Whether the details stand beside the photo: as the user left it, where there is room for them. */

const KEY = 'photoarchive.loupe.info';
const ROOM_PX = 1000;

export function isInfoShown() {
  if (innerWidth < ROOM_PX) return false;
  try {
    return localStorage.getItem(KEY) !== '0';
  } catch {
    return true;
  }
}

/** @param {boolean} on */
export function keepInfoShown(on) {
  try {
    localStorage.setItem(KEY, on ? '1' : '0');
  } catch {
    // Storage is blocked: the choice lasts as long as the page.
  }
}
