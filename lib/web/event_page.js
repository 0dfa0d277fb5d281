/**
 * A page of the list. When it is far from view it gives its rows up and keeps its
 * place, so that a million events cost no more than what is seen of them.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";
import { eventRow, fillRow } from "./event_row.js";

/** @import { Row } from "../http/api_types.ts" */

/** Some neighbouring rows of the list. */
export class EventPage {
  element = h("ul", { class: "page" });
  /** Where it begins; null is the beginning of the list. */
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

  /** The oldest one of its rows, when it was filled. */
  get lastSeq() {
    return this.#lastSeq;
  }

  /** The latest one of its rows. */
  get newestSeq() {
    return Math.max(0, ...this.rows().map(({ seq }) => seq));
  }

  /** How many rows it has. */
  get size() {
    return this.#rows.size;
  }

  /**
   * Marks what the filter does not want any more.
   *
   * @param {ReadonlySet<string>} ids What it wants, of a part of the rows.
   * @param {{ oldestSeq: number, newestSeq: number }} part
   */
  markLeft(ids, { oldestSeq, newestSeq }) {
    for (const [id, { row, item }] of this.#rows) {
      const link = item.querySelector("a");
      const isMeant = row.seq >= oldestSeq && row.seq <= newestSeq;
      if (link && isMeant && !ids.has(id)) markLeft(link, true);
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
   * Shows rows. Those that belong to the next page by now are left out.
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

  /** Gives the rows up. */
  empty() {
    this.isFilled = false;
    this.#rows.clear();
    this.element.replaceChildren();
  }

  /**
   * Puts new rows before all others.
   *
   * @param {readonly Row[]} rows The latest first.
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
   * Shows how an event stands now, if it is one of the page's.
   *
   * @param {Row} row
   * @param {boolean} isListed Whether the filter still wants it. It keeps its place
   * all the same: nothing moves under whoever reads.
   */
  update(row, isListed) {
    const shown = this.#rows.get(row.id);
    const link = shown?.item.querySelector("a");
    if (!shown || !link) return;
    shown.row = row;
    fillRow(link, row);
    markLeft(link, !isListed);
  }
}

/**
 * @param {HTMLElement} link
 * @param {boolean} hasLeft
 */
function markLeft(link, hasLeft) {
  link.classList.toggle("has-left", hasLeft);
  link.title = hasLeft ? "No longer matches the filter" : "";
}
