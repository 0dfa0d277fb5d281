// The overview: a few figures and the last hour.

import { chart } from "./chart.js";
import { h } from "./dom.js";
import { figure } from "./figure.js";
import { keepFocus } from "./keep_focus.js";

/** @import { Minute, Stats } from "../views/api_types.ts" */

/** @type {(keyof Minute & ("received" | "delivered" | "failed" | "rejected"))[]} */
const COUNTS = ["received", "delivered", "failed", "rejected"];

/** The strip above the list. */
export class Overview {
  #span = h("span.span");
  #nowText = h("span.span", { role: "status" }, "Loading…");
  #spanText = "Last hour";
  #hour = h("dl.figures");
  #now = h("dl.figures.is-now");
  #chart = h("div.chart-slot");
  /** @type {readonly Minute[]} */
  #minutes = [];
  #shown = "";

  element = h(
    "section.overview",
    { "aria-label": "Overview" },
    h("div.group", this.#span, this.#hour),
    this.#chart,
    h("div.group", this.#nowText, this.#now),
  );

  /** @param {Stats} stats */
  show({ minutes, pending, dead, startedAt }) {
    this.#nowText.textContent = "Now";
    // Unchanged content stays, with what the pointer shows.
    const text = JSON.stringify([minutes, pending, dead, startedAt]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#minutes = minutes;
    // Counted in memory, since the start.
    const isWhole = startedAt < (minutes[0]?.at ?? "");
    this.#spanText = isWhole
      ? "Last hour"
      : `Since ${startedAt.slice(11, 16)} UTC`;
    this.#point(undefined);
    this.#chart.replaceChildren(chart(minutes, (at) => this.#point(at)));
    keepFocus(
      this.#now,
      figure("pending", pending, "?status=pending"),
      figure("dead", dead, "?status=dead"),
    );
  }

  /** Shows that the figures may be out of date. */
  fail() {
    this.#nowText.textContent = "No response";
  }

  /** @param {Minute | undefined} minute */
  #point(minute) {
    const minutes = minute ? [minute] : this.#minutes;
    this.#span.textContent = minute
      ? `${minute.at.slice(11, 16)} UTC`
      : this.#spanText;
    const figures = COUNTS.map((name) => {
      const count = minutes.reduce((sum, minute) => sum + minute[name], 0);
      const hash = name === "rejected" ? "#/rejected" : undefined;
      return figure(name, count, hash);
    });
    keepFocus(this.#hour, ...figures);
  }
}
