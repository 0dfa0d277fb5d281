/**
 * How an event fares at each destination, with every attempt.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { age, ahead } from "./ages.js";
import { h } from "./dom.js";
import { outageNote } from "./outage.js";
import { spanText } from "./span_text.js";
import { statusMark } from "./status.js";

/** @import { Attempt, DestinationHealth, Dispatch } from "../http/api_types.ts" */

/** An output that is no longer is shown at once. */
const SHORT = 80;

/** Classes of outcomes that are no failures. */
const CLASSES = new Map([["ok", "is-ok"], ["ignored", "is-ignored"]]);

/**
 * @typedef {object} DispatchOptions
 * @property {readonly DestinationHealth[]} health How destinations fare.
 * @property {boolean} isEvent Whether it has the form of Persona's events.
 * @property {(destination: string) => void} onReplay
 * @property {(destination: string) => void} onSendAgain
 */

/**
 * Returns whether a replay dispatches it.
 *
 * @param {Pick<Dispatch, "status">} dispatch
 */
export function isUnfinished({ status }) {
  return status === "pending" || status === "dead";
}

/**
 * Shows dispatches.
 *
 * @param {readonly Dispatch[]} dispatches
 * @param {DispatchOptions} options
 * @returns {HTMLElement}
 */
export function dispatchList(dispatches, options) {
  return h(
    "section",
    { class: "dispatches" },
    h("div", { class: "section-head" }, h("h3", {}, "Dispatches")),
    dispatches.length === 0 &&
      h(
        "p",
        { class: "note none" },
        options.isEvent
          ? "No destination wants this event"
          : "Never dispatched, as it does not have the form of Persona’s events. It is kept so that you can look at it.",
      ),
    ...dispatches.map((dispatch) => one(dispatch, options)),
  );
}

/**
 * @param {Dispatch} dispatch
 * @param {DispatchOptions} options
 */
function one(dispatch, options) {
  const { destination, status, dueAt, attempts } = dispatch;
  const { health, onReplay, onSendAgain } = options;
  const outage = status === "pending" &&
    outageNote(health.find(({ name }) => name === destination));
  return h(
    "article",
    { class: "dispatch", "aria-label": `Dispatch to ${destination}` },
    h(
      "header",
      {},
      statusMark(status),
      h("h4", {}, destination),
      dueAt !== null && !outage &&
        h("span", { class: "note" }, "next attempt ", ahead(dueAt)),
      h("span", { class: "grow" }),
      isUnfinished(dispatch)
        ? h("button", {
          type: "button",
          class: "small",
          "aria-label": `Replay to ${destination}`,
          onclick: () => onReplay(destination),
        }, "Replay")
        : h("button", {
          type: "button",
          class: "small",
          "aria-label": `Send again to ${destination}…`,
          onclick: () => onSendAgain(destination),
        }, "Send again…"),
    ),
    outage,
    attempts.length > 0 &&
      h("ol", { class: "attempts" }, ...attempts.toReversed().map(attempt)),
  );
}

/** @param {Attempt} attempt */
function attempt({ number, startedAt, durationMs, outcome, code, output }) {
  const text = code === null ? outcome : `${outcome} ${code}`;
  return h(
    "li",
    { class: CLASSES.get(outcome) ?? "is-failed" },
    h(
      "div",
      { class: "attempt" },
      h(
        "span",
        { class: "number" },
        h("span", { class: "hidden" }, "attempt "),
        `#${number}`,
      ),
      h("span", { class: "outcome" }, text),
      h("span", { class: "duration" }, spanText(durationMs)),
      age(startedAt),
    ),
    outputOf(output.trim()),
  );
}

/** @param {string} output */
function outputOf(output) {
  if (output === "") return null;
  if (output.length <= SHORT && !output.includes("\n")) {
    return h("code", { class: "output" }, output);
  }
  return h(
    "details",
    {},
    h("summary", {}, `output, ${output.length} characters`),
    h("pre", { class: "output", tabindex: 0 }, output),
  );
}
