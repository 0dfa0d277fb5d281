// A status: a mark, distinct by shape as well as color, and a word.

import { h } from "./dom.js";

/** @import { Status } from "../views/api_types.ts" */

/**
 * Shows a status.
 *
 * @param {Status} status
 * @param {string} [label] Shown instead of the status, which the mark still tells.
 */
export function statusMark(status, label) {
  return h("span", {
    class: `status is-${status}`,
    title: label && `${label}: ${status}`,
  }, h("span.word", label ?? status));
}
