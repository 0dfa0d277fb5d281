/**
 * The last hour by the minute: what was received above the line, what failed below.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h, svg } from "./dom.js";
import { minutesText } from "./minutes_text.js";

/** @import { Minute } from "../http/api_types.ts" */

const UP = 34;
const DOWN = 12;

/**
 * Draws the chart.
 *
 * @param {readonly Minute[]} minutes The oldest first.
 * @param {(minute: Minute | undefined) => void} onPoint Told at which minute somebody
 * points.
 * @returns {HTMLElement}
 */
export function chart(minutes, onPoint) {
  const most = Math.max(4, ...minutes.map(({ received }) => received));
  const worst = Math.max(2, ...minutes.map(troubles));
  const bars = minutes.flatMap((minute, i) => [
    bar(i, { up: minute.received / most, kind: "received" }),
    bar(i, { down: troubles(minute) / worst, kind: "trouble" }),
  ]);
  const element = svg(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${minutes.length} ${UP + DOWN + 1}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": minutesText(minutes),
      onpointermove: (event) =>
        onPoint(minutes[indexOf(event, minutes.length)]),
      onpointerleave: () => onPoint(undefined),
    },
    svg("rect", { class: "line", y: UP, width: minutes.length, height: 1 }),
    ...bars,
  );
  return h("div", { class: "chart-box" }, element, caption(minutes));
}

/**
 * Says what the bars are, and what the first, the last and the highest one stand for.
 *
 * @param {readonly Minute[]} minutes
 */
function caption(minutes) {
  const most = Math.max(0, ...minutes.map(({ received }) => received));
  const time = (/** @type {Minute | undefined} */ minute) =>
    h("span", {}, minute?.at.slice(11, 16) ?? "");
  return h(
    "div",
    { class: "caption", "aria-hidden": "true" },
    time(minutes[0]),
    h("span", { class: "legend is-received" }, "received"),
    h("span", { class: "legend is-trouble" }, "failed or rejected"),
    most > 0 &&
      h(
        "span",
        { class: "most" },
        `at most ${most.toLocaleString("en")} a minute`,
      ),
    time(minutes.at(-1)),
  );
}

/** @param {Minute} minute */
function troubles({ failed, rejected }) {
  return failed + rejected;
}

/**
 * A bar of some height is seen, however low.
 *
 * @param {number} i
 * @param {{ up?: number, down?: number, kind: string }} size
 */
function bar(i, { up = 0, down = 0, kind }) {
  const height = up > 0
    ? Math.max(up * UP, 1.5)
    : down > 0
    ? Math.max(down * DOWN, 2)
    : 0;
  const y = up > 0 ? UP - height : UP + 1;
  const place = { x: i + 0.14, y, width: 0.72, height };
  return svg("rect", { class: kind, ...place });
}

/**
 * @param {Event} event
 * @param {number} count
 */
function indexOf(event, count) {
  const { clientX, currentTarget } = /** @type {PointerEvent} */ (event);
  const { left, width } = /** @type {Element} */ (currentTarget)
    .getBoundingClientRect();
  return Math.floor((clientX - left) / width * count);
}
