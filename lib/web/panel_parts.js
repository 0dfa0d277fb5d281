// Parts that all panels share: the close button and the error message.

import { h } from "./dom.js";

/** @import { Failure } from "./api.js" */

/** @returns {HTMLAnchorElement} A link that closes the panel. */
export function closeButton() {
  const title = "Close (Esc)";
  return h("a.close", { href: "#/", "aria-label": "Close", title }, "×");
}

/**
 * Explains why there is nothing to show.
 *
 * @param {Failure} failure
 * @param {object} options
 * @param {string} options.missing The title if there is no such event or object.
 * @param {() => void} options.retry
 */
export function problem({ status, message }, { missing, retry }) {
  const isMissing = status === 404;
  return h(
    "div.problem",
    h(
      "div.title",
      h("h2", { tabindex: -1 }, isMissing ? missing : "Could not load"),
      closeButton(),
    ),
    h("p", isMissing ? "Nothing with this ID has been received." : message),
    !isMissing &&
      h("button", { onclick: retry }, "Try again"),
  );
}
