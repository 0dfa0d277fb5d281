import { age, countdown } from "./ages.js";
import { h } from "./dom.js";
import { outageNote } from "./outage.js";
import { spanText } from "./span_text.js";
import { statusOf } from "./status.js";

/** @import {
 *   Attempt, DestinationHealth, Dispatch, EventDetail
 * } from "../views/api_types.ts" */

/** Longer outputs are folded. */
const OUTPUT_LENGTH_UNFOLDED_MAX = 80;

/** Classes of outcomes that are not failures. */
const CLASSES = new Map([["ok", "is-ok"], ["ignored", "is-ignored"]]);

/**
 * @typedef {object} DispatchOptions
 * @property {readonly DestinationHealth[]} health The health of all destinations.
 * @property {boolean} isEvent False if the body is not in the form of a Persona event.
 * @property {(destination: string) => void} onReplay
 * @property {(destination: string) => void} onSendAgain
 */

/**
 * Returns whether a replay would dispatch it.
 *
 * @param {Pick<Dispatch, "status">} dispatch
 */
export function isUnfinished({ status }) {
  return status === "pending" || status === "dead";
}

/**
 * Shows dispatches, and the destinations without one.
 *
 * @param {Pick<EventDetail, "dispatches" | "missedBy" | "name" | "status">} event
 * @param {DispatchOptions} options
 */
export function dispatchList({ dispatches, missedBy, name, status }, options) {
  return h(
    "section.dispatches",
    h("div.section-head", h("h3", "Dispatches")),
    dispatches.length === 0 &&
      h(
        "p.note.none",
        options.isEvent
          ? "No destination receives this event"
          : "Never dispatched: it is not in the form of a Persona event. It is kept for you to inspect.",
      ),
    ...dispatches.map((dispatch) =>
      dispatchItem(dispatch, { ...options, isErased: status === "erased" })
    ),
    missedBy.length > 0 &&
      h(
        "ul.missed",
        ...missedBy.map(({ destination, because }) =>
          h(
            "li.note",
            h("strong", destination),
            because === "events"
              ? ` does not receive it: its events do not include ${name}`
              : " does not receive it: the payload does not match its filter",
          )
        ),
      ),
  );
}

/**
 * @param {Dispatch} dispatch
 * @param {DispatchOptions & { isErased: boolean }} options
 */
function dispatchItem(dispatch, options) {
  const { destination, status, dueAt, attempts } = dispatch;
  const { health, isErased, onReplay, onSendAgain } = options;
  const outage = status === "pending" &&
    outageNote(health.find(({ name }) => name === destination));
  return h(
    "article.dispatch",
    { "aria-label": `Dispatch to ${destination}` },
    h(
      "header",
      statusOf(dispatch),
      h("h4", destination),
      dueAt !== null && !outage &&
        h("span.note", "next attempt ", countdown(dueAt)),
      h("span.grow"),
      isErased ? null : isUnfinished(dispatch)
        ? h("button.small", {
          "aria-label": `Replay to ${destination}`,
          onclick: () => onReplay(destination),
        }, "Replay")
        : h("button.small", {
          "aria-label": `Send again to ${destination}…`,
          onclick: () => onSendAgain(destination),
        }, "Send again…"),
    ),
    outage,
    attempts.length > 0 &&
      h("ol.attempts", ...attempts.toReversed().map(attempt)),
  );
}

/** @param {Attempt} attempt */
function attempt({ number, startedAt, durationMs, outcome, code, output }) {
  const text = code === null ? outcome : `${outcome} ${code}`;
  return h(
    "li",
    { class: CLASSES.get(outcome) ?? "is-failed" },
    h(
      "div.attempt",
      h("span.number", h("span.hidden", "attempt "), `#${number}`),
      h("span.outcome", text),
      h("span.duration", spanText(durationMs)),
      age(startedAt),
    ),
    outputOf(output.trim()),
  );
}

/** @param {string} output */
function outputOf(output) {
  if (output === "") return null;
  if (output.length <= OUTPUT_LENGTH_UNFOLDED_MAX && !output.includes("\n")) {
    return h("code.output", output);
  }
  return h(
    "details",
    h("summary", `output, ${output.length} characters`),
    h("pre.output", { tabindex: 0 }, output),
  );
}
