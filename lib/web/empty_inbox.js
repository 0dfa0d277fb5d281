/**
 * What an inbox without any event says: how the first one gets there.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { copyText } from "./copy_text.js";
import { h } from "./dom.js";

/** @import { Announce } from "./announcer.js" */

/**
 * Shows how to send the first event.
 *
 * @param {Announce} announce
 * @returns {HTMLElement}
 */
export function emptyInbox(announce) {
  return h(
    "section",
    { class: "empty-inbox", "aria-labelledby": "empty-title" },
    h("h2", { id: "empty-title" }, "Waiting for the first event"),
    h("p", { class: "lead" }, "It shows up here by itself."),
    h(
      "ol",
      {},
      step(
        "Send yourself a realistic sample",
        command("persona-inbox send inquiry.approved", announce),
      ),
      step(
        "Let Persona send the real ones",
        h(
          "p",
          {},
          "In Persona’s dashboard, add a webhook whose URL is this server’s public address with the path ",
          h("code", {}, "/webhook"),
          ", port 3000 unless you chose another.",
        ),
      ),
      step(
        "Have signatures verified",
        h(
          "p",
          {},
          "Put the webhook’s secret into the environment or into ",
          h("code", {}, ".env"),
          ", and start again:",
        ),
        command("PERSONA_WEBHOOK_SECRET=wbhsec_…", announce),
      ),
    ),
  );
}

/**
 * @param {string} title
 * @param {...HTMLElement} children
 */
function step(title, ...children) {
  return h("li", {}, h("h3", {}, title), ...children);
}

/**
 * @param {string} text
 * @param {Announce} announce
 */
function command(text, announce) {
  const copy = async () => {
    if (await copyText(text)) announce("Copied");
    else announce("The browser denies the clipboard", true);
  };
  return h(
    "div",
    { class: "command" },
    h("code", {}, text),
    h("button", {
      type: "button",
      class: "small",
      onclick: copy,
      "aria-label": `Copy ${text}`,
    }, "Copy"),
  );
}
