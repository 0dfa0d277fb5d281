// A page of the list. Far from the viewport it drops its rows and keeps its height, so
// that a million events cost no more than those in view.

import { h } from "./dom.js";
import { eventRow, fillRow } from "./event_row.js";

/** @import { Row } from "../views/api_types.ts" */

/** Consecutive rows of the list. */
export class EventPage {
  element = h("ul.page");
  /** Start of the page; null for the start of the list. */
  cursor;
  isFilled = true;
  #lastSeq = 0;
  /** @type {Map<string, { row: Row, item: HTMLLIElement }>} */
  #rows = new Map();

  /**
   * @param {string | null} cursor
   * @param {readonly Row[]} rows
   */
  constructor(cursor, rows) {
    this.cursor = cursor;
    this.#lastSeq = rows.at(-1)?.seq ?? 0;
    this.fill(rows);
  }

  /** `seq` of the oldest row when the page was filled. */
  get lastSeq() {
    return this.#lastSeq;
  }

  /** `seq` of the latest row. */
  get newestSeq() {
    return Math.max(0, ...this.rows().map(({ seq }) => seq));
  }

  /** The number of rows. */
  get size() {
    return this.#rows.size;
  }

  /**
   * Marks rows that no longer match the filter.
   *
   * @param {ReadonlySet<string>} ids The matching ones in a range of rows.
   * @param {{ oldestSeq: number, newestSeq: number }} range
   */
  markUnmatched(ids, { oldestSeq, newestSeq }) {
    for (const [id, { row, item }] of this.#rows) {
      const link = item.querySelector("a");
      const isInRange = row.seq >= oldestSeq && row.seq <= newestSeq;
      if (link && isInRange && !ids.has(id)) markUnmatched(link, true);
    }
  }

  /** @param {string} id */
  row(id) {
    return this.#rows.get(id)?.row;
  }

  rows() {
    return [...this.#rows.values()].map(({ row }) => row);
  }

  /**
   * Shows rows, except those that now belong to the next page.
   *
   * @param {readonly Row[]} rows
   */
  fill(rows) {
    this.isFilled = true;
    this.#rows.clear();
    for (const row of rows.filter(({ seq }) => seq >= this.#lastSeq)) {
      this.#rows.set(row.id, { row, item: eventRow(row) });
    }
    const items = [...this.#rows.values()].map(({ item }) => item);
    this.element.replaceChildren(...items);
    this.element.style.setProperty("--rows", String(items.length));
  }

  /** Drops the rows. */
  empty() {
    this.isFilled = false;
    this.#rows.clear();
    this.element.replaceChildren();
  }

  /**
   * Adds new rows at the top.
   *
   * @param {readonly Row[]} rows Latest first.
   */
  prepend(rows) {
    const items = rows.map((row) => {
      const item = eventRow(row);
      item.classList.add("is-new");
      this.#rows.set(row.id, { row, item });
      return item;
    });
    this.element.prepend(...items);
    this.element.style.setProperty("--rows", String(this.size));
  }

  /**
   * Updates an event, if it is on the page.
   *
   * @param {Row} row
   * @param {boolean} isListed False if it no longer matches the filter. It keeps its
   * position anyway: nothing moves while being read.
   */
  update(row, isListed) {
    const shown = this.#rows.get(row.id);
    const link = shown?.item.querySelector("a");
    if (!shown || !link) return;
    shown.row = row;
    fillRow(link, row);
    markUnmatched(link, !isListed);
  }
}

/**
 * @param {HTMLElement} link
 * @param {boolean} isUnmatched
 */
function markUnmatched(link, isUnmatched) {
  link.classList.toggle("is-unmatched", isUnmatched);
  link.title = isUnmatched ? "No longer matches the filter" : "";
}
