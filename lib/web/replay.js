/**
 * Replays events, and announces the result.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { ask, pathTo } from "./api.js";
import { confirmation } from "./confirmation.js";

/** @import { Announce } from "./announcer.js" */
/** @import { Answer } from "./api.js" */
/** @import { Replayed } from "../http/api_types.ts" */

/** Ids of events whose replay has not been answered yet. */
const underWay = new Set();

/**
 * @typedef {object} ReplayOptions
 * @property {string | undefined} [destination] Only there.
 * @property {boolean} [again] Also where it succeeded.
 */

/**
 * Replays an event, unless that is just being done.
 *
 * @param {string} id The event's id.
 * @param {Announce} announce
 * @param {ReplayOptions} [options]
 * @returns {Promise<boolean>} Whether it is on its way.
 */
export async function replayEvent(id, announce, options = {}) {
  if (underWay.has(id)) return false;
  underWay.add(id);
  /** @type {Answer<Replayed>} */
  const answer = await ask(pathTo("events", id, { action: "/replay" }), {
    body: options,
  });
  underWay.delete(id);
  if (!answer.ok) announce(answer.message, true);
  else announce(replayedText(answer.value, options.destination));
  return answer.ok;
}

/**
 * Sends an event again where it succeeded, too, once that is confirmed: the question
 * lists where it goes.
 *
 * @param {string} id The event's id.
 * @param {Announce} announce
 * @param {string} [destination] Only there.
 * @returns {Promise<boolean>} Whether it is on its way.
 */
export async function sendAgain(id, announce, destination) {
  const body = { ids: [id], again: true, destination, dryRun: true };
  /** @type {Answer<Replayed>} */
  const answer = await ask("/api/replay", { body });
  if (!answer.ok) {
    announce(answer.message, true);
    return false;
  }
  const names = Object.keys(answer.value.destinations);
  if (names.length === 0) {
    announce("No destination receives this event", true);
    return false;
  }
  const isConfirmed = await confirmation({
    title: "Send this event again?",
    text: "It goes to each of these, also where it succeeded:",
    items: names,
    action: "Send again",
  });
  return isConfirmed &&
    await replayEvent(id, announce, { destination, again: true });
}

/**
 * Returns the announcement of a replay.
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
