/** Pictures that may not come. */

/** A photo without a picture leaves an empty frame, no broken one. @param {Event} event */
export function emptyFrame(event) {
  /** @type {HTMLImageElement} */ (event.target).removeAttribute('src');
}
