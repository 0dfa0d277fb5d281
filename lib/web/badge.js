/**
 * A number beside a link, which says what it counts.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";

/**
 * Shows a number, unless it is none.
 *
 * @param {HTMLElement} place
 * @param {number} count
 * @param {string} what It counts.
 */
export function badge(place, count, what) {
  const text = count.toLocaleString("en");
  place.title = count > 0 ? `${text} ${what}` : "";
  place.replaceChildren(
    ...(count > 0 ? [text, h("span", { class: "hidden" }, ` ${what}`)] : []),
  );
}
