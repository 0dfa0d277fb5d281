/**
 * How an event fares at each destination, with every attempt.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { age, ahead } from "./ages.js";
import { h } from "./dom.js";
import { spanText } from "./span_text.js";
import { statusMark } from "./status.js";

/** @import { Attempt, Dispatch } from "./api_types.js" */

/** An output that is no longer is shown at once. */
const SHORT = 80;

/**
 * Shows dispatches.
 *
 * @param {readonly Dispatch[]} dispatches
 * @param {(destination: string) => void} onReplay Asked to dispatch once more.
 * @returns {HTMLElement}
 */
export function dispatchList(dispatches, onReplay) {
  return h(
    "section",
    { class: "dispatches" },
    h("div", { class: "section-head" }, h("h3", {}, "Dispatches")),
    dispatches.length === 0 &&
      h("p", { class: "note" }, "No destination wants this event"),
    ...dispatches.map((dispatch) => one(dispatch, onReplay)),
  );
}

/**
 * @param {Dispatch} dispatch
 * @param {(destination: string) => void} onReplay
 */
function one({ destination, status, dueAt, attempts }, onReplay) {
  return h(
    "article",
    { class: "dispatch", "aria-label": `Dispatch to ${destination}` },
    h(
      "header",
      {},
      statusMark(status),
      h("h4", {}, destination),
      dueAt !== null &&
        h("span", { class: "note" }, "next attempt ", ahead(dueAt)),
      h("span", { class: "grow" }),
      h("button", {
        type: "button",
        class: "small",
        "aria-label": `Replay to ${destination}`,
        onclick: () => onReplay(destination),
      }, "Replay"),
    ),
    attempts.length > 0 &&
      h("ol", { class: "attempts" }, ...attempts.toReversed().map(attempt)),
  );
}

/** @param {Attempt} attempt */
function attempt({ number, startedAt, durationMs, outcome, code, output }) {
  const text = code === null ? outcome : `${outcome} ${code}`;
  return h(
    "li",
    { class: outcome === "ok" ? "is-ok" : "is-failed" },
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
