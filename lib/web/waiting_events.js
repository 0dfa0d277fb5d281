/**
 * New events that wait until nobody is disturbed by them, and the button that tells of
 * them.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";

/** @import { Row } from "../http/api_types.ts" */

/** Those that wait. */
export class WaitingEvents {
  #max;
  /** @type {Row[]} The latest first; no more than one beyond the limit. */
  #rows = [];

  pill;

  /**
   * @param {number} max How many are counted one by one.
   * @param {() => void} onWanted Told when somebody wants to see them.
   */
  constructor(max, onWanted) {
    this.#max = max;
    this.pill = h("button", {
      class: "pill",
      type: "button",
      hidden: true,
      onclick: onWanted,
    });
  }

  /** How many there are. */
  get size() {
    return this.#rows.length;
  }

  /** The latest first. */
  get rows() {
    return this.#rows.toSorted((a, b) => b.seq - a.seq);
  }

  /**
   * Has one wait; if it does so already, as it stands now.
   *
   * @param {Row} row
   */
  add(row) {
    const at = this.#rows.findIndex(({ id }) => id === row.id);
    if (at !== -1) this.#rows[at] = row;
    else this.#rows.unshift(row);
    this.#rows.length = Math.min(this.#rows.length, this.#max + 1);
  }

  /** @param {string} id */
  has(id) {
    return this.#rows.some((row) => row.id === id);
  }

  /** They are shown, or asked for anew. */
  clear() {
    this.#rows = [];
    this.showPill();
  }

  /** Tells of them. */
  showPill() {
    const count = this.size;
    this.pill.hidden = count === 0;
    this.pill.textContent = count > this.#max
      ? `More than ${this.#max} new`
      : `${count} new`;
  }
}
