/**
 * Asks for the token of the local listener.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";
import { keepToken, readToken } from "./token.js";

/**
 * Makes the form.
 *
 * @param {() => void} onToken There is a token to try.
 * @returns {HTMLElement}
 */
export function tokenForm(onToken) {
  const isRefused = readToken() !== null;
  const input = h("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    required: true,
    "aria-describedby": "token-hint",
  });
  /** @param {Event} event */
  const onsubmit = (event) => {
    event.preventDefault();
    keepToken(input.value.trim());
    onToken();
  };
  return h(
    "form",
    { class: "token-form", onsubmit },
    h("h1", {}, "This inbox asks for a token"),
    h("label", { for: "token" }, "Token"),
    input,
    h(
      "p",
      {
        id: "token-hint",
        class: isRefused ? "failure" : "note",
        role: "status",
      },
      isRefused
        ? "That token was refused. It must be the one in "
        : "It is in ",
      h("code", {}, "INBOX_ADMIN_TOKEN"),
      " where the server runs. This tab forgets it when it is closed.",
    ),
    h("button", { class: "primary" }, "Open the inbox"),
  );
}
