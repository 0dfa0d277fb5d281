// Element builders. Text only ever becomes text nodes, so that no payload can become
// markup.

/// <reference lib="dom" />

import { visibleText } from "./visible_text.js";

/** @typedef {Node | string | number | false | null | undefined} Child */

/**
 * Attributes of an element, and listeners under `on…`. True sets an empty attribute;
 * false and null leave it out.
 *
 * @typedef {Record<
 *   string,
 *   string | number | boolean | null | undefined | ((event: Event) => void)
 * >} Props
 */

/**
 * Creates an HTML element. Buttons do nothing of their own outside of forms.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag | `${Tag}.${string}`} selector The tag, and its classes after dots.
 * @param {[Props, ...Child[]] | Child[]} args Attributes, if any, and children; false,
 * null and undefined are left out.
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(selector, ...args) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(/** @type {Tag} */ (tag));
  if (classes.length > 0) element.className = classes.join(" ");
  const [first, ...rest] = args;
  const hasProps = typeof first === "object" && first !== null &&
    !(first instanceof Node);
  if (hasProps) setProps(element, first);
  const children = /** @type {Child[]} */ (hasProps ? rest : args);
  element.append(...nodes(children));
  return element;
}

/**
 * Creates an SVG element.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setProps(element, props);
  element.append(...nodes(children));
  return element;
}

/**
 * @param {Element} element
 * @param {Props} props
 */
function setProps(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else if (value !== false && value !== null && value !== undefined) {
      const text = value === true ? "" : String(value);
      const isSpoken = name === "title" || name === "aria-label";
      element.setAttribute(name, isSpoken ? visibleText(text) : text);
    }
  }
}

/**
 * @param {Child[]} children
 * @returns {(Node | string)[]}
 */
function nodes(children) {
  return children.flatMap((child) => {
    if (child === false || child === null || child === undefined) return [];
    return child instanceof Node ? child : visibleText(String(child));
  });
}
