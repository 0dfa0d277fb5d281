// A dialog that asks before an action that cannot be undone.

import { h } from "./dom.js";

/**
 * @typedef {object} Question
 * @property {string} title
 * @property {string} text
 * @property {string[]} [items]
 * @property {string} action The button that confirms it.
 */

/**
 * Opens the dialog.
 *
 * @param {Question} question
 * @returns {Promise<boolean>} True if the action was confirmed.
 */
export function confirmation({ title, text, items = [], action }) {
  const { promise, resolve } = Promise.withResolvers();
  const dialog = h(
    "dialog.dialog",
    { "aria-labelledby": "confirm-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "confirm-title" }, title),
      h("p", text),
      items.length > 0 &&
        h("ul.items", ...items.map((item) => h("li", item))),
      h(
        "div.actions",
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
