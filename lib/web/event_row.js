// An event in the list: a link, so that the browser's own controls work.

import { age } from "./ages.js";
import { h } from "./dom.js";
import { eventName } from "./event_name.js";
import { eventHash } from "./route.js";
import { statusMark, statusOf } from "./status.js";

/** @import { Row } from "../views/api_types.ts" */

/** The most destinations that a row names. */
const NAMED_MAX = 3;

/**
 * Creates a row.
 *
 * @param {Row} row
 * @returns {HTMLLIElement}
 */
export function eventRow(row) {
  const link = h("a.row", {
    href: eventHash(row.id),
    "data-id": row.id,
    tabindex: -1,
  });
  fillRow(link, row);
  return h("li", link);
}

/**
 * Returns whether it is news of the inbox itself, which nobody signs.
 *
 * @param {{ name: string }} row
 */
export function isOwn({ name }) {
  return name.startsWith("inbox.");
}

/**
 * Updates a row; its link stays, as it may have the focus.
 *
 * @param {HTMLElement} link
 * @param {Row} row
 */
export function fillRow(link, row) {
  link.replaceChildren(
    statusOf(row),
    h(
      "span.what",
      eventName(row.name),
      row.signature === "unsigned" && !isOwn(row) &&
        h("span.tag", "unsigned"),
      row.duplicates > 0 &&
        h("span.count", duplicatesText(row.duplicates)),
    ),
    h("span.object", row.objectId ?? ""),
    h(
      "span.destinations",
      row.dispatches?.length === 0 && h("span.count", "no destination"),
      ...destinationMarks(row.dispatches ?? []),
    ),
    h(
      "span.attempt",
      h("span.hidden", "attempt "),
      attemptText(row).replace("attempt ", ""),
    ),
    age(row.receivedAt),
  );
  link.classList.toggle("is-retried", (row.attemptsMade ?? 1) > 1);
}

/**
 * Names the destinations, or counts those of each status where there is no room.
 *
 * @param {NonNullable<Row["dispatches"]>} dispatches
 */
function destinationMarks(dispatches) {
  if (dispatches.length <= NAMED_MAX) {
    return dispatches.map(({ destination, status }) =>
      statusMark(status, destination)
    );
  }
  const groups = Map.groupBy(dispatches, ({ status }) => status);
  return [...groups].map(([status, { length }]) =>
    statusMark(status, `${length} ${status}`)
  );
}

/**
 * Formats the number of Persona's delivery attempt.
 *
 * @param {Pick<Row, "attemptsMade" | "attemptsLeft">} row
 * @returns {string} For example `attempt 2 of 8`; empty if unknown.
 */
export function attemptText({ attemptsMade, attemptsLeft }) {
  if (attemptsMade === null) return "";
  return attemptsLeft === null
    ? `attempt ${attemptsMade}`
    : `attempt ${attemptsMade} of ${attemptsMade + attemptsLeft}`;
}

/**
 * Formats the number of duplicates.
 *
 * @param {number} count
 */
export function duplicatesText(count) {
  return count === 1 ? "1 duplicate" : `${count} duplicates`;
}
