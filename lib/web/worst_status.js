/**
 * How all dispatches of an event stand together.
 *
 * @module
 */

// @ts-check

/** @import { DispatchState, Status } from "./api_types.js" */

/** @type {readonly Status[]} The worst one first. */
const WORST_FIRST = ["dead", "pending", "done"];

/**
 * Judges an event by its dispatches: the worst one counts.
 *
 * @param {readonly DispatchState[]} dispatches
 * @returns {Status}
 */
export function worstStatus(dispatches) {
  return WORST_FIRST.find((status) =>
    dispatches.some((dispatch) => dispatch.status === status)
  ) ?? "none";
}
