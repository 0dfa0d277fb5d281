// A dialog that sends an event once to a URL that is no destination, and shows the
// outcome.

import { fetchJson, pathTo } from "./api.js";
import { h } from "./dom.js";

/** @import { ApiResult } from "./api.js" */

/**
 * Opens the dialog.
 *
 * @param {string} id The event's id.
 */
export function sendToUrl(id) {
  const url = h("input", {
    id: "send-url",
    type: "url",
    required: true,
    placeholder: "http://127.0.0.1:8080/persona",
    autocomplete: "off",
    spellcheck: "false",
  });
  const outcome = h("p", { role: "status" });
  const send = h("button.primary", "Send");
  /** @param {Event} event */
  const onsubmit = async (event) => {
    event.preventDefault();
    outcome.className = "";
    outcome.textContent = "Sending…";
    send.disabled = true;
    /** @type {ApiResult<{ message: string }>} */
    const answer = await fetchJson(
      pathTo("events", id, { action: "/replay" }),
      {
        body: { to: url.value },
      },
    );
    send.disabled = false;
    outcome.className = answer.ok ? "success" : "failure";
    outcome.textContent = answer.ok ? answer.value.message : answer.message;
  };
  const dialog = h(
    "dialog.dialog",
    { "aria-labelledby": "send-title", onclose: () => dialog.remove() },
    h(
      "form",
      { onsubmit },
      h("h2", { id: "send-title" }, "Send this event to a URL"),
      h(
        "p",
        "It goes there once, unmasked and signed, and to no destination. This is recorded in the audit trail.",
      ),
      h("label", { for: "send-url" }, "URL"),
      url,
      outcome,
      h(
        "div.actions",
        h("button", { type: "button", onclick: () => dialog.close() }, "Close"),
        send,
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
