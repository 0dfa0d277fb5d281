// Actions that take the body of an event out of the inbox as it came: each is confirmed,
// and recorded as a reveal.

import { fetchBlob, fetchText, pathTo } from "./api.js";
import { confirmation } from "./confirmation.js";
import { copyText } from "./copy_text.js";
import { h } from "./dom.js";

/** @import { Announcer } from "./announcer.js" */

const REVEALS =
  "It holds the payload unmasked, access tokens in URLs too. This is recorded in the audit trail.";

/** By then the browser has read it. */
const REVOKED_AFTER_MS = 10_000;

/**
 * Creates the buttons.
 *
 * @param {string} id The event's id.
 * @param {Announcer} announce
 * @returns {HTMLElement[]}
 */
export function bodyActions(id, announce) {
  return [
    button("Copy as curl…", () => copyCurl(id, announce)),
    button("Download…", () => download(id, announce)),
  ];
}

/**
 * @param {string} id
 * @param {Announcer} announce
 */
async function copyCurl(id, announce) {
  const isConfirmed = await confirmation({
    title: "Copy as a curl command?",
    text: `The command sends the event to this inbox, signed now. ${REVEALS}`,
    action: "Copy",
  });
  if (!isConfirmed) return;
  const answer = await fetchText(revealing(id, "/curl"));
  if (!answer.ok) return announce(answer.message, true);
  const message = "Copied the curl command; this was recorded";
  copyText(answer.value, { announce, message });
}

/**
 * @param {string} id
 * @param {Announcer} announce
 */
async function download(id, announce) {
  const isConfirmed = await confirmation({
    title: "Download the body?",
    text: `The file has the bytes that Persona sent. ${REVEALS}`,
    action: "Download",
  });
  if (!isConfirmed) return;
  const answer = await fetchBlob(revealing(id, "/body"));
  if (!answer.ok) return announce(answer.message, true);
  const href = URL.createObjectURL(answer.value);
  h("a", { href, download: `${id.replace(/[^\w.-]/g, "_")}.json` }).click();
  setTimeout(() => URL.revokeObjectURL(href), REVOKED_AFTER_MS);
  announce("Downloaded; this was recorded");
}

/**
 * @param {string} id
 * @param {string} action
 */
function revealing(id, action) {
  return pathTo("events", id, { action, query: { reveal: "tokens" } });
}

/**
 * @param {string} text
 * @param {() => void} onclick
 */
function button(text, onclick) {
  return h("button.small", { onclick }, text);
}
