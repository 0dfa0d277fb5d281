import { h } from "./dom.js";

/**
 * Shows a count, or nothing if it is zero.
 *
 * @param {HTMLElement} element
 * @param {number} count
 * @param {string} label What is counted.
 */
export function badge(element, count, label) {
  const text = count.toLocaleString("en");
  element.title = count > 0 ? `${text} ${label}` : "";
  element.replaceChildren(
    ...(count > 0 ? [text, h("span.hidden", ` ${label}`)] : []),
  );
}
