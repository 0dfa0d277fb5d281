// The view of an inbox without events: how to get the first one.

import { copyText } from "./copy_text.js";
import { h } from "./dom.js";

/** @import { Receiving } from "../views/api_types.ts" */
/** @import { Announcer } from "./announcer.js" */

const DEFAULT_PORT = 3000;

/**
 * Shows how to send the first event.
 *
 * @param {Announcer} announce
 * @param {Receiving | null} receiving The listener for deliveries, if known.
 * @param {string} program The command that starts the program.
 */
export function emptyInbox(announce, receiving, program) {
  const port = receiving?.port ?? DEFAULT_PORT;
  const to = port === DEFAULT_PORT
    ? ""
    : ` --to http://127.0.0.1:${port}/webhook`;
  return h(
    "section.empty-inbox",
    { "aria-labelledby": "empty-title" },
    h("h2", { id: "empty-title" }, "Waiting for the first event"),
    h("p.lead", "It will appear here on its own."),
    h(
      "ol",
      step(
        "Send yourself a realistic sample",
        command(`${program} send inquiry.approved${to}`, announce),
      ),
      step(
        "Let Persona send real ones",
        h(
          "p",
          "In Persona’s dashboard, add a webhook whose URL is this server’s public address with the path ",
          h("code", "/webhook"),
          `. It must reach port ${port} on this machine.`,
        ),
      ),
      receiving?.isVerifying === false &&
        step(
          "Verify signatures",
          h(
            "p",
            "Set the webhook’s secret in the environment or in ",
            h("code", ".env"),
            ", then restart:",
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
  return h("li", h("h3", title), ...children);
}

/**
 * @param {string} text
 * @param {Announcer} announce
 */
function command(text, announce) {
  return h(
    "div.command",
    h("code", text),
    h("button.small", {
      onclick: () => copyText(text, { announce }),
      "aria-label": `Copy ${text}`,
    }, "Copy"),
  );
}
