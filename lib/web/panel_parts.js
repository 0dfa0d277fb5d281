/**
 * What all panels have: a way out, and words for when there is nothing to show.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";

/** @import { Failure } from "./api.js" */

/** @returns {HTMLAnchorElement} What closes the panel. */
export function closeButton() {
  const title = "Close (Esc)";
  return h(
    "a",
    { class: "close", href: "#/", "aria-label": "Close", title },
    "×",
  );
}

/**
 * Says why there is nothing to show.
 *
 * @param {Failure} failure
 * @param {object} options
 * @param {string} options.missing What to say when there is no such thing.
 * @param {() => void} options.retry
 * @returns {HTMLElement}
 */
export function problem({ status, message }, { missing, retry }) {
  const isMissing = status === 404;
  return h(
    "div",
    { class: "problem" },
    h(
      "div",
      { class: "title" },
      h("h2", { tabindex: -1 }, isMissing ? missing : "That did not work"),
      closeButton(),
    ),
    h("p", {}, isMissing ? "Nothing of that ID has come in here." : message),
    !isMissing &&
      h("button", { type: "button", onclick: retry }, "Try again"),
  );
}
