/** Icons from the one sprite (`icons.svg`, made by scripts/vendor). Decorative unless a label is given. */
import { html, nothing, svg } from 'lit-html';

const SPRITE = new URL('../../icons.svg', import.meta.url).pathname;
const SVG = 'http://www.w3.org/2000/svg';

/** An icon in a template. @param {string} name @param {{label?: string, filled?: boolean}} [options] */
export function icon(name, { label = '', filled = false } = {}) {
  const use = svg`<use href="${SPRITE}#${name}"></use>`;
  return html`<svg class=${filled ? 'icon icon-filled' : 'icon'} aria-hidden=${label ? nothing : 'true'}
    role=${label ? 'img' : nothing} aria-label=${label || nothing}>${use}</svg>`;
}

/** An icon as an element, for hand-written DOM. @param {string} name @param {{filled?: boolean}} [options] @returns {SVGSVGElement} */
export function iconElement(name, { filled = false } = {}) {
  const element = document.createElementNS(SVG, 'svg');
  element.setAttribute('class', filled ? 'icon icon-filled' : 'icon');
  element.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${SPRITE}#${name}`);
  element.append(use);
  return element;
}
