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
  const input = h("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    required: true,
    "aria-describedby": "token-hint",
  });
  const hint = h("p", { id: "token-hint", role: "status" });
  /** @param {boolean} isRefused */
  const explain = (isRefused) => {
    hint.className = isRefused ? "failure" : "note";
    hint.replaceChildren(
      isRefused
        ? "That token was refused. It must be the one in "
        : "It is in ",
      h("code", {}, "INBOX_ADMIN_TOKEN"),
      " where the server runs. This tab forgets it when it is closed.",
    );
  };
  explain(readToken() !== null);
  /** @param {Event} event */
  const onsubmit = (event) => {
    event.preventDefault();
    if (keepToken(input.value.trim())) return onToken();
    explain(true);
    input.select();
  };
  return h(
    "form",
    { class: "token-form", onsubmit },
    h("h1", {}, "This inbox asks for a token"),
    h("label", { for: "token" }, "Token"),
    input,
    hint,
    h("button", { class: "primary" }, "Open the inbox"),
  );
}
