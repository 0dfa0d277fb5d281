import { fetchJson, pathTo } from "./api.js";
import { confirmation } from "./confirmation.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { ApiResult } from "./api.js" */
/** @import { Question } from "./confirmation.js" */
/** @import { Replayed } from "../views/api_types.ts" */

/** Ids of events that are being replayed. */
const inFlight = new Set();

/**
 * Replays an event where it is not done, and announces the result, unless a replay is in
 * flight.
 *
 * @param {string} id The event's id.
 * @param {Announcer} announce
 * @param {string} [destination] Only to this one.
 */
export async function replayEvent(id, announce, destination) {
  if (inFlight.has(id)) return;
  inFlight.add(id);
  /** @type {ApiResult<Replayed>} */
  const answer = await fetchJson(pathTo("events", id, { action: "/replay" }), {
    body: { destination },
  });
  inFlight.delete(id);
  if (!answer.ok) announce(answer.message, true);
  else announce(replayedText(answer.value, destination));
}

/**
 * Replays events once their number and destinations are confirmed, and announces the
 * result.
 *
 * @param {{ ids?: readonly string[], dead?: boolean, again?: boolean, destination?: string | undefined }} selection
 * @param {Announcer} announce
 * @param {(plan: Replayed) => Question | undefined} questionOf Returns nothing if there is
 * nothing to replay.
 */
export async function replayConfirmed(selection, announce, questionOf) {
  /** @param {boolean} dryRun */
  const post = async (dryRun) => {
    const body = { ...selection, dryRun };
    /** @type {ApiResult<Replayed>} */
    const answer = await fetchJson("/api/replay", { body });
    if (answer.ok) return answer.value;
    announce(answer.message, true);
    return undefined;
  };
  const plan = await post(true);
  const question = plan && questionOf(plan);
  if (!question || !await confirmation(question)) return;
  const done = await post(false);
  if (done) announce(replayedText(done, selection.destination));
}

/**
 * Sends an event again, even where it succeeded, once confirmed.
 *
 * @param {string} id The event's id.
 * @param {Announcer} announce
 * @param {string} [destination] Only to this one.
 */
export function sendAgain(id, announce, destination) {
  const selection = { ids: [id], again: true, destination };
  return replayConfirmed(selection, announce, ({ destinations }) => {
    const items = Object.keys(destinations);
    if (items.length === 0) {
      announce("No destination receives this event", true);
      return undefined;
    }
    return {
      title: "Send this event again?",
      text: "It goes to each of these, even if it succeeded before:",
      items,
      action: "Send again",
    };
  });
}

/**
 * Sends events again, even where they succeeded, once confirmed.
 *
 * @param {readonly string[]} ids The events' ids.
 * @param {Announcer} announce
 */
export function sendAllAgain(ids, announce) {
  const selection = { ids, again: true };
  return replayConfirmed(selection, announce, ({ events, destinations }) => {
    if (events === 0) {
      announce("No destination receives them", true);
      return undefined;
    }
    const count = events === 1 ? "1 event" : `${events} events`;
    return {
      title: `Replay ${count} of this object?`,
      text:
        "From this one on, in the order of creation, even where they succeeded before:",
      items: Object.entries(destinations).map(([name, count]) =>
        `${name}: ${count}`
      ),
      action: `Replay ${count}`,
    };
  });
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
