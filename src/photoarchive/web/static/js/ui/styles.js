/**
 * Computed styles in a template: `<i ${styles({ inlineSize: '40%', '--meter': 'red' })}>`.
 * lit's styleMap writes a style attribute first, which our content policy forbids; this goes through the CSSOM.
 */
import { noChange } from 'lit-html';
import { Directive, directive } from 'lit-html/directive.js';

/** @typedef {Record<string, string | null>} Styles property in camel case or custom property; null takes it away */

class StylesDirective extends Directive {
  /** @param {Styles} _values */
  render(_values) {
    return noChange;
  }

  /** @param {import('lit-html/directive.js').ElementPart} part @param {[Styles]} args */
  update(part, [values]) {
    const { style } = /** @type {HTMLElement} */ (part.element);
    for (const [name, value] of Object.entries(values)) {
      const property = name.startsWith('--') ? name : name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
      if (value === null) style.removeProperty(property);
      else style.setProperty(property, value);
    }
    return noChange;
  }
}

export const styles = directive(StylesDirective);
