import { h } from "./dom.js";

/** @import { Filter } from "./filter.js" */

/** @typedef {Pick<Filter, "since" | "until">} Range */

const BETWEEN = "between";
const SPANS = [
  ["", "any time"],
  ["15m", "last 15 min"],
  ["1h", "last hour"],
  ["24h", "last 24 h"],
  ["7d", "last 7 days"],
  [BETWEEN, "from … to …"],
];

/** The choice of the time of receipt: a span up to now, or from and to in UTC. */
export class TimeRange {
  #select;
  #since;
  #until;
  #between;
  element;

  /** @param {(range: Range) => void} onChange */
  constructor(onChange) {
    const onField = () =>
      onChange({
        since: writeTime(this.#since.value),
        until: writeTime(this.#until.value),
      });
    this.#since = h("input", { type: "datetime-local", onchange: onField });
    this.#until = h("input", { type: "datetime-local", onchange: onField });
    this.#select = h("select", {
      "aria-label": "Received since",
      onchange: () => {
        const { value } = this.#select;
        if (value !== BETWEEN) return onChange({ since: value, until: "" });
        this.#between.hidden = false;
        this.#since.focus();
      },
    });
    this.#between = h(
      "span.between",
      { hidden: true },
      h("label", "from ", this.#since),
      h("label", "to ", this.#until),
      "UTC",
    );
    this.element = h("span.time-range", this.#select, this.#between);
  }

  /**
   * Shows a range.
   *
   * @param {Range} range
   */
  show({ since, until }) {
    const isBetween = [since, until].every((text) => !text || isTime(text)) &&
      since + until !== "";
    const isSpan = until === "" && SPANS.some(([span]) => span === since);
    const own = [since && `since ${since}`, until && `until ${until}`];
    const value = isBetween ? BETWEEN : isSpan ? since : `${since} ${until}`;
    const options = isBetween || isSpan
      ? SPANS
      : [...SPANS, [value, own.filter(Boolean).join(" ")]];
    this.#select.replaceChildren(
      ...options.map(([value, text]) => h("option", { value }, text)),
    );
    this.#select.value = value;
    this.#between.hidden = !isBetween;
    this.#since.value = isBetween ? readTime(since) : "";
    this.#until.value = isBetween ? readTime(until) : "";
  }
}

/** @param {string} text */
function isTime(text) {
  return /^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text));
}

/**
 * Returns the value of a field.
 *
 * @param {string} text A time, or empty.
 */
function readTime(text) {
  return text && new Date(text).toISOString().slice(0, 16);
}

/**
 * Returns the time in a field.
 *
 * @param {string} value For example `2026-11-25T16:33`, or empty.
 */
function writeTime(value) {
  return value && `${value}Z`;
}
