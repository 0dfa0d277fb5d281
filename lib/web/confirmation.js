/**
 * Asks before something is done that cannot be undone.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";

/**
 * Asks.
 *
 * @param {{ title: string, text: string, action: string }} question
 * @returns {Promise<boolean>} Whether it is to be done.
 */
export function confirmation({ title, text, action }) {
  const { promise, resolve } = Promise.withResolvers();
  const dialog = h(
    "dialog",
    { class: "dialog", "aria-labelledby": "confirm-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "confirm-title" }, title),
      h("p", {}, text),
      h(
        "div",
        { class: "actions" },
        h("button", { value: "", autofocus: true }, "Cancel"),
        h("button", { value: "yes", class: "primary" }, action),
      ),
    ),
  );
  dialog.addEventListener("close", () => {
    dialog.remove();
    resolve(dialog.returnValue === "yes");
  });
  document.body.append(dialog);
  dialog.showModal();
  return promise;
}
