import { fetchJson, pathTo } from "./api.js";
import { confirmation } from "./confirmation.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { ApiResult } from "./api.js" */
/** @import { Replayed } from "../views/api_types.ts" */

/** Ids of events that are being replayed. */
const inFlight = new Set();

/**
 * @typedef {object} ReplayOptions
 * @property {string | undefined} [destination] Only to this one.
 * @property {boolean} [again] Even where it succeeded.
 */

/**
 * Replays an event and announces the result, unless a replay is in flight.
 *
 * @param {string} id The event's id.
 * @param {Announcer} announce
 * @param {ReplayOptions} [options]
 * @returns {Promise<boolean>} True if it is being dispatched.
 */
export async function replayEvent(id, announce, options = {}) {
  if (inFlight.has(id)) return false;
  inFlight.add(id);
  /** @type {ApiResult<Replayed>} */
  const answer = await fetchJson(pathTo("events", id, { action: "/replay" }), {
    body: options,
  });
  inFlight.delete(id);
  if (!answer.ok) announce(answer.message, true);
  else announce(replayedText(answer.value, options.destination));
  return answer.ok;
}

/**
 * Sends an event again, even where it succeeded, once confirmed.
 *
 * @param {string} id The event's id.
 * @param {Announcer} announce
 * @param {string} [destination] Only to this one.
 * @returns {Promise<boolean>} True if it is being dispatched.
 */
export async function sendAgain(id, announce, destination) {
  const body = { ids: [id], again: true, destination, dryRun: true };
  /** @type {ApiResult<Replayed>} */
  const answer = await fetchJson("/api/replay", { body });
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
    text: "It goes to each of these, even if it succeeded before:",
    items: names,
    action: "Send again",
  });
  return isConfirmed &&
    await replayEvent(id, announce, { destination, again: true });
}

/**
 * Sends events again, even where they succeeded, once confirmed.
 *
 * @param {readonly string[]} ids The events' ids.
 * @param {Announcer} announce
 */
export async function sendAllAgain(ids, announce) {
  const body = { ids, again: true };
  /** @type {ApiResult<Replayed>} */
  const plan = await fetchJson("/api/replay", {
    body: { ...body, dryRun: true },
  });
  if (!plan.ok) return announce(plan.message, true);
  const { events, destinations } = plan.value;
  if (events === 0) return announce("No destination receives them", true);
  const count = events === 1 ? "1 event" : `${events} events`;
  const isConfirmed = await confirmation({
    title: `Replay ${count} of this object?`,
    text:
      "From this one on, in the order of creation, even where they succeeded before:",
    items: Object.entries(destinations).map(([name, count]) =>
      `${name}: ${count}`
    ),
    action: `Replay ${count}`,
  });
  if (!isConfirmed) return;
  /** @type {ApiResult<Replayed>} */
  const answer = await fetchJson("/api/replay", { body });
  if (!answer.ok) announce(answer.message, true);
  else announce(replayedText(answer.value));
}

/**
 * Returns the announcement of a replay.
 *
 * @param {Pick<Replayed, "events" | "dispatches">} replayed
 * @param {string} [destination] The only one, if given.
 */
export function replayedText({ events, dispatches }, destination) {
  const count = events === 1 ? "1 event" : `${events} events`;
  const target = destination ??
    (dispatches === 1 ? "1 destination" : `${dispatches} dispatches`);
  return destination === undefined && dispatches > 1
    ? `Replaying ${count}: ${target}`
    : `Replaying ${count} to ${target}`;
}
