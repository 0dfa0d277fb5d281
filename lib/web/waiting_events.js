// New events that wait for the list to be scrolled to the top, and the button that shows
// their number.

import { h } from "./dom.js";

/** @import { Row } from "../views/api_types.ts" */

/** The events that wait. */
export class WaitingEvents {
  #max;
  /** @type {Row[]} Latest first; at most one more than the limit. */
  #rows = [];

  pill;

  /**
   * @param {number} max The highest count shown.
   * @param {() => void} onClick
   */
  constructor(max, onClick) {
    this.#max = max;
    this.pill = h("button.pill", {
      hidden: true,
      onclick: onClick,
    });
  }

  /** The number of events. */
  get size() {
    return this.#rows.length;
  }

  /** Latest first. */
  get rows() {
    return this.#rows.toSorted((a, b) => b.seq - a.seq);
  }

  /**
   * Adds an event, or updates it.
   *
   * @param {Row} row
   */
  add(row) {
    const index = this.#rows.findIndex(({ id }) => id === row.id);
    if (index !== -1) this.#rows[index] = row;
    else this.#rows.unshift(row);
    this.#rows.length = Math.min(this.#rows.length, this.#max + 1);
  }

  /** @param {string} id */
  has(id) {
    return this.#rows.some((row) => row.id === id);
  }

  /** Removes them all. */
  clear() {
    this.#rows = [];
    this.showPill();
  }

  /** Shows the button, if there are any. */
  showPill() {
    const count = this.size;
    this.pill.hidden = count === 0;
    this.pill.textContent = count > this.#max
      ? `More than ${this.#max} new`
      : `${count} new`;
  }
}
