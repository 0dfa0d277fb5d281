/**
 * Has events dispatched again, and says what came of it.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { ask } from "./api.js";

/** @import { Announce } from "./announcer.js" */
/** @import { Answer } from "./api.js" */
/** @import { Replayed } from "./api_types.js" */

/** Ids of events whose replay has not been answered yet. */
const underWay = new Set();

/**
 * Dispatches an event again, unless that is just being done.
 *
 * @param {string} id Its id.
 * @param {Announce} announce
 * @param {string} [destination] Only there.
 * @returns {Promise<boolean>} Whether it is on its way.
 */
export async function replayEvent(id, announce, destination) {
  if (underWay.has(id)) return false;
  underWay.add(id);
  const body = destination === undefined ? {} : { destination };
  /** @type {Answer<Replayed>} */
  const answer = await ask(`/api/events/${encodeURIComponent(id)}/replay`, {
    body,
  });
  underWay.delete(id);
  if (!answer.ok) announce(answer.message, true);
  else announce(replayedText(answer.value, destination));
  return answer.ok;
}

/**
 * Says what is on its way.
 *
 * @param {Pick<Replayed, "events" | "dispatches">} replayed
 * @param {string} [destination] Where to, if it is only one.
 * @returns {string}
 */
export function replayedText({ events, dispatches }, destination) {
  const what = events === 1 ? "1 event" : `${events} events`;
  const where = destination ??
    (dispatches === 1 ? "1 destination" : `${dispatches} dispatches`);
  return destination === undefined && dispatches > 1
    ? `Replaying ${what}: ${where}`
    : `Replaying ${what} to ${where}`;
}
