/**
 * How an event stands: a mark whose shape tells as much as its colour, and a word.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";

/** @import { Status } from "../http/api_types.ts" */

/**
 * Shows a status.
 *
 * @param {Status} status
 * @param {string} [whose] Said in place of the status, which its mark tells then.
 * @returns {HTMLSpanElement}
 */
export function statusMark(status, whose) {
  return h(
    "span",
    { class: `status is-${status}`, title: whose && `${whose}: ${status}` },
    h("span", { class: "word" }, whose ?? status),
  );
}
