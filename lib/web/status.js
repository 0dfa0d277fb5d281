// A status: a mark, distinct by shape as well as color, and a word.

import { h } from "./dom.js";

/** @import { DispatchState, Row, Status } from "../views/api_types.ts" */

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
  }, h("span.word", label || status));
}

/**
 * Shows the status of an event, or of one of its dispatches.
 *
 * @param {Pick<Row, "status" | "dispatches"> | DispatchState} shown
 */
export function statusOf(shown) {
  const { status } = shown;
  if (status !== "pending") return statusMark(status);
  const attempts = attemptCountOf(shown);
  return statusMark(status, attempts > 0 ? `retrying (${attempts})` : "");
}

/** @param {Parameters<typeof statusOf>[0]} shown */
function attemptCountOf(shown) {
  if ("attemptCount" in shown) return shown.attemptCount;
  const pending = (shown.dispatches ?? []).filter(({ status }) =>
    status === "pending"
  );
  return Math.max(0, ...pending.map(({ attemptCount }) => attemptCount));
}
