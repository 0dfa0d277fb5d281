/**
 * How all dispatches of an event stand together.
 *
 * @module
 */

// @ts-check

/** @import { DispatchState, Row } from "../http/api_types.ts" */

/** @type {readonly Row["status"][]} The worst one first. */
const WORST_FIRST = ["dead", "pending", "done"];

/**
 * Judges an event by its dispatches: the worst one counts.
 *
 * @param {readonly DispatchState[]} dispatches
 * @returns {Row["status"]}
 */
export function worstStatus(dispatches) {
  return WORST_FIRST.find((status) =>
    dispatches.some((dispatch) => dispatch.status === status)
  ) ?? "none";
}
