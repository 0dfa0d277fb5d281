/**
 * The list of events, the latest arrival first. It is as long as the store is full,
 * but has no more rows on the page than are near to what is seen. New events come in
 * at the top while the top is seen, and wait otherwise.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";
import { EventPage } from "./event_page.js";
import { matchesFilter } from "./filter.js";
import { listEvents, PAGE_SIZE } from "./list_events.js";
import { RowCursor } from "./row_cursor.js";
import { throttle } from "./throttle.js";
import { worstStatus } from "./worst_status.js";

/** @import { Row, StreamAttempt } from "./api_types.js" */
/** @import { Filter } from "./filter.js" */
/** @import { Listing } from "./list_events.js" */

/** How far from view rows are kept. */
const MARGIN = "800px 0px";
const FIRST_PAGE_SIZE_MAX = 3 * PAGE_SIZE;

/** The list. */
export class EventList {
  #filter;
  #onLoaded;
  /** @type {EventPage[]} */
  #pages = [];
  /** @type {string | null} Where the next page begins. */
  #nextCursor = null;
  /** @type {Row[]} New ones, the latest first; no more than a page and one. */
  #waiting = [];
  #loading = new AbortController();
  #isLoadingMore = false;
  #flushSoon = throttle(() => this.#flush(), 150);
  #refreshNewSoon = throttle(() => this.#refreshNew(), 400);
  #observer;
  #body = h("div", { class: "pages" });
  #more = h("div", { class: "more", role: "status" });
  #pill = h("button", {
    class: "pill",
    type: "button",
    hidden: true,
    onclick: () => void this.load(),
  });

  element = h(
    "section",
    {
      class: "list",
      "aria-label": "Events",
      onscroll: () => this.#isAtTop() && this.#flush(),
      onfocusout: () => this.#flushSoon(),
    },
    h("div", { class: "pill-place" }, this.#pill),
    this.#body,
    this.#more,
  );
  cursor = new RowCursor(this.element);

  /**
   * @param {Filter} filter What to list at first.
   * @param {(isEmpty: boolean) => void} onLoaded Told whether there is nothing to list.
   */
  constructor(filter, onLoaded) {
    this.#filter = filter;
    this.#onLoaded = onLoaded;
    this.#observer = new IntersectionObserver(
      (entries) => entries.forEach((entry) => this.#seen(entry)),
      { root: this.element, rootMargin: MARGIN },
    );
    this.#observer.observe(this.#more);
  }

  /**
   * Lists from the top.
   *
   * @param {Filter} [filter] Other events than before.
   */
  async load(filter = this.#filter) {
    const isOther = filter !== this.#filter;
    this.#filter = filter;
    this.#loading.abort();
    const { signal } = this.#loading = new AbortController();
    this.#isLoadingMore = false;
    this.#waiting = [];
    this.#showPill();
    const answer = await listEvents(filter, { signal });
    if (signal.aborted) return;
    if (isOther || answer.ok) this.#clear();
    if (!answer.ok) {
      this.#onLoaded(false);
      return this.#fail(answer.message, () => this.load());
    }
    this.#append(null, answer.value);
    this.#onLoaded(answer.value.events.length === 0);
  }

  /**
   * Takes in an event that has just arrived.
   *
   * @param {Row} row
   */
  add(row) {
    const [first] = this.#pages;
    if (!first || !matchesFilter(this.#filter, row)) return;
    if (first.row(row.id) || this.#waiting.some(({ id }) => id === row.id)) {
      return;
    }
    this.#waiting.unshift(row);
    this.#waiting.length = Math.min(this.#waiting.length, PAGE_SIZE + 1);
    this.#flushSoon();
  }

  /**
   * Shows what an attempt means for its event.
   *
   * @param {StreamAttempt} attempt
   */
  attempt({ eventId, destination, status }) {
    const page = this.#pages.find((page) => page.row(eventId));
    const row = page?.row(eventId);
    if (!page || !row) return;
    // What comes by the stream does not tell of its dispatches.
    if (!row.dispatches) return this.#refreshNewSoon();
    const dispatches = row.dispatches.map((dispatch) =>
      dispatch.destination === destination ? { ...dispatch, status } : dispatch
    );
    page.update({ ...row, dispatches, status: worstStatus(dispatches) });
  }

  /** Looks what has changed in the meantime, and moves nothing. */
  async refresh() {
    const [first] = this.#pages;
    const newestSeq = first?.rows()[0]?.seq;
    if (newestSeq === undefined) return this.load();
    const { signal } = this.#loading;
    for (const page of this.#pages.filter(({ isFilled }) => isFilled)) {
      const { cursor } = page;
      const answer = await listEvents(this.#filter, { signal, cursor });
      if (signal.aborted || !answer.ok) return;
      const { events } = answer.value;
      events.forEach((row) => page.update(row));
      if (page !== first) continue;
      events.filter(({ seq }) => seq > newestSeq).reverse()
        .forEach((row) => this.add(row));
    }
  }

  #clear() {
    this.#pages.forEach(({ element }) => this.#observer.unobserve(element));
    this.#pages = [];
    this.#nextCursor = null;
    this.#body.replaceChildren();
    this.element.scrollTop = 0;
  }

  /**
   * @param {string | null} cursor
   * @param {Listing} listing
   */
  #append(cursor, listing) {
    const page = new EventPage(cursor, listing.events);
    this.#pages.push(page);
    this.#body.append(page.element);
    this.#observer.observe(page.element);
    this.#nextCursor = listing.cursor;
    const isEnd = listing.cursor === null && this.#pages[0]?.size !== 0;
    this.#more.replaceChildren(isEnd ? "No older events" : "");
    this.cursor.mark();
  }

  /** @param {IntersectionObserverEntry} entry */
  #seen({ target, isIntersecting }) {
    if (target === this.#more) {
      if (isIntersecting) this.#loadMore();
      return;
    }
    const page = this.#pages.find(({ element }) => element === target);
    // The first page grows: what is in it cannot be asked for again.
    if (!page || page.cursor === null) return;
    if (isIntersecting && !page.isFilled) this.#refill(page);
    if (!isIntersecting && page.isFilled) page.empty();
  }

  async #loadMore() {
    const cursor = this.#nextCursor;
    if (cursor === null || this.#isLoadingMore) return;
    const { signal } = this.#loading;
    this.#isLoadingMore = true;
    this.#more.replaceChildren("Loading…");
    const answer = await listEvents(this.#filter, { signal, cursor });
    if (signal.aborted) return;
    this.#isLoadingMore = false;
    if (!answer.ok) return this.#fail(answer.message, () => this.#loadMore());
    this.#append(cursor, answer.value);
    // The observer tells once when the end comes near, not while it stays there.
    this.#observer.unobserve(this.#more);
    this.#observer.observe(this.#more);
  }

  /** @param {EventPage} page */
  async #refill(page) {
    const { signal } = this.#loading;
    const { cursor } = page;
    page.isFilled = true;
    const answer = await listEvents(this.#filter, { signal, cursor });
    if (signal.aborted) return;
    if (answer.ok && page.isFilled) page.fill(answer.value.events);
    else page.isFilled = false;
    this.cursor.mark();
  }

  /**
   * @param {string} message
   * @param {() => void} retry
   */
  #fail(message, retry) {
    const button = h("button", { type: "button", onclick: retry }, "Try again");
    this.#more.replaceChildren(message, " ", button);
  }

  #flush() {
    const [first] = this.#pages;
    const count = this.#waiting.length;
    // Whoever goes through the rows by the keys does not want them to move either.
    const isHeld = !this.#isAtTop() ||
      this.element.querySelector(".row:focus-visible");
    if (!first || count === 0 || isHeld) return this.#showPill();
    const isTooMuch = first.size + count > FIRST_PAGE_SIZE_MAX;
    if (isTooMuch || count > PAGE_SIZE || first.size === 0) {
      return void this.load();
    }
    first.prepend(this.#waiting.toSorted((a, b) => b.seq - a.seq));
    this.#waiting = [];
    this.#showPill();
    this.cursor.mark();
    this.#refreshNewSoon();
  }

  /** Asks how the dispatches of new events stand. */
  async #refreshNew() {
    const [first] = this.#pages;
    const times = first?.rows().filter(({ dispatches }) => !dispatches)
      .map(({ receivedAt }) => receivedAt).sort() ?? [];
    const [since] = times;
    if (!first || since === undefined) return;
    const { signal } = this.#loading;
    // Also of those that have another status by now.
    const filter = { ...this.#filter, since, status: "" };
    const limit = FIRST_PAGE_SIZE_MAX;
    const answer = await listEvents(filter, { signal, limit });
    if (signal.aborted || !answer.ok) return;
    answer.value.events.forEach((row) => first.update(row));
  }

  #showPill() {
    const count = this.#waiting.length;
    this.#pill.hidden = count === 0;
    this.#pill.textContent = count > PAGE_SIZE
      ? `More than ${PAGE_SIZE} new`
      : `${count} new`;
  }

  #isAtTop() {
    return this.element.scrollTop < 4;
  }
}
