// The last hour by the minute: received above the line, failed or rejected below.

import { h, svg } from "./dom.js";
import { minutesText } from "./minutes_text.js";

/** @import { Minute } from "../views/api_types.ts" */

const UP = 34;
const DOWN = 12;

/**
 * Draws the chart.
 *
 * @param {readonly Minute[]} minutes The oldest first.
 * @param {(minute: Minute | undefined) => void} onPoint Called with the minute under the
 * pointer.
 */
export function chart(minutes, onPoint) {
  const receivedMax = Math.max(4, ...minutes.map(({ received }) => received));
  const failedMax = Math.max(2, ...minutes.map(failures));
  const bars = minutes.flatMap((minute, i) => [
    bar(i, { up: minute.received / receivedMax, kind: "received" }),
    bar(i, { down: failures(minute) / failedMax, kind: "failed" }),
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
  return h("div.chart-box", element, caption(minutes));
}

/**
 * The legend of the bars, with the first and last minute and the peak.
 *
 * @param {readonly Minute[]} minutes
 */
function caption(minutes) {
  const peak = Math.max(0, ...minutes.map(({ received }) => received));
  const time = (/** @type {Minute | undefined} */ minute) =>
    h("span", minute?.at.slice(11, 16) ?? "");
  return h(
    "div.caption",
    { "aria-hidden": "true" },
    time(minutes[0]),
    h("span.legend.is-received", "received"),
    h("span.legend.is-failed", "failed or rejected"),
    peak > 0 &&
      h("span.peak", `peak ${peak.toLocaleString("en")}/min`),
    time(minutes.at(-1)),
  );
}

/** @param {Minute} minute */
function failures({ failed, rejected }) {
  return failed + rejected;
}

/**
 * A bar above zero is always tall enough to be seen.
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
  return svg("rect", { class: kind, x: i + 0.14, y, width: 0.72, height });
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
