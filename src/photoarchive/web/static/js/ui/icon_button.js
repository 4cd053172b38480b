/** A button that is only an icon, for parts that are drawn by hand. */
import { iconElement } from './icons.js';

/** @param {string} name of the icon @param {string} label @param {() => void} run */
export function iconButton(name, label, run) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = 'btn-icon';
  element.title = label;
  element.setAttribute('aria-label', label);
  element.append(iconElement(name));
  element.addEventListener('click', run);
  return element;
}
