/**
 * Builds elements. Texts become text nodes and nothing else, so that no payload can
 * become markup.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { visibleText } from "./visible_text.js";

/** @typedef {Node | string | number | false | null | undefined} Child */

/**
 * What an element has: attributes, and listeners under `on…`. An attribute that is
 * true is there, one that is false or null is not.
 *
 * @typedef {Record<
 *   string,
 *   string | number | boolean | null | undefined | ((event: Event) => void)
 * >} Props
 */

/**
 * Makes an HTML element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag Its name.
 * @param {Props} [props] Its attributes and listeners.
 * @param {...Child} children What it holds; `false` and the like are left out.
 * @returns {HTMLElementTagNameMap[Tag]} The element.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  equip(element, props);
  element.append(...nodes(children));
  return element;
}

/**
 * Makes an SVG element.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag Its name.
 * @param {Props} [props] Its attributes and listeners.
 * @param {...Child} children What it holds.
 * @returns {SVGElementTagNameMap[Tag]} The element.
 */
export function svg(tag, props = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  equip(element, props);
  element.append(...nodes(children));
  return element;
}

/**
 * @param {Element} element
 * @param {Props} props
 */
function equip(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else if (value !== false && value !== null && value !== undefined) {
      const text = value === true ? "" : String(value);
      const isRead = name === "title" || name === "aria-label";
      element.setAttribute(name, isRead ? visibleText(text) : text);
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
