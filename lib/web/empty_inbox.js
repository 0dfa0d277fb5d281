/**
 * What an inbox without any event says: how the first one gets there.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { copyText } from "./copy_text.js";
import { h } from "./dom.js";

/** @import { Receiving } from "../http/api_types.ts" */
/** @import { Announce } from "./announcer.js" */

const DEFAULT_PORT = 3000;

/**
 * Shows how to send the first event.
 *
 * @param {Announce} announce
 * @param {Receiving | null} receiving Where deliveries are received, if it is known.
 * @param {string} program How the program is started.
 * @returns {HTMLElement}
 */
export function emptyInbox(announce, receiving, program) {
  const port = receiving?.port ?? DEFAULT_PORT;
  const to = port === DEFAULT_PORT
    ? ""
    : ` --to http://127.0.0.1:${port}/webhook`;
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
        command(`${program} send inquiry.approved${to}`, announce),
      ),
      step(
        "Let Persona send the real ones",
        h(
          "p",
          {},
          "In Persona’s dashboard, add a webhook whose URL is this server’s public address with the path ",
          h("code", {}, "/webhook"),
          `. It must lead to port ${port} of this machine.`,
        ),
      ),
      receiving?.isVerifying === false && step(
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
