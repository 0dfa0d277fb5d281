import { h } from "./dom.js";

const BAD = /failed|rejected|dead/;

/**
 * Shows a figure, for a `dl`.
 *
 * @param {string} name The label.
 * @param {number} count
 * @param {string} [href] A link to what is counted.
 * @returns {HTMLDivElement}
 */
export function figure(name, count, href) {
  const isBad = count > 0 && BAD.test(name);
  const text = count.toLocaleString("en");
  return h(
    "div",
    { class: `figure${isBad ? " is-bad" : ""}` },
    h("dt", name),
    h("dd", href ? h("a", { href }, text) : text),
  );
}
