/** @import { DispatchState, Row } from "../views/api_types.ts" */

/** @type {readonly Row["status"][]} Worst first. */
const WORST_FIRST = ["erased", "dead", "pending", "done"];

/**
 * Returns the status of an event: the worst among its dispatches.
 *
 * @param {readonly DispatchState[]} dispatches
 * @returns {Row["status"]}
 */
export function worstStatus(dispatches) {
  return WORST_FIRST.find((status) =>
    dispatches.some((dispatch) => dispatch.status === status)
  ) ?? "none";
}
