// The list of events, latest arrival first. It scrolls through the whole store, but only
// rows near the viewport are on the page. New events are added at the top while the top
// is in view, and wait otherwise.

import { Arrivals } from "./arrivals.js";
import { h } from "./dom.js";
import { EventPage } from "./event_page.js";
import { isOfDispatches, matchesFilter } from "./filter.js";
import { listEvents, notListed, PAGE_SIZE } from "./list_events.js";
import { RowCursor } from "./row_cursor.js";
import { withSlowNotice } from "./slow_notice.js";
import { throttle } from "./throttle.js";
import { WaitingEvents } from "./waiting_events.js";
import { worstStatus } from "./worst_status.js";

/** @import { Row, StreamAttempt } from "../views/api_types.ts" */
/** @import { Filter } from "./filter.js" */
/** @import { Listing } from "./list_events.js" */

/** Rows this close to the viewport are kept. */
const MARGIN = "800px 0px";
const FIRST_PAGE_SIZE_MAX = 3 * PAGE_SIZE;

/** The list. */
export class EventList {
  #filter;
  #onLoaded;
  /** @type {EventPage[]} */
  #pages = [];
  /** @type {string | null} Start of the next page. */
  #nextCursor = null;
  #waiting = new WaitingEvents(PAGE_SIZE, () => void this.load());
  #loading = new AbortController();
  #isLoadingMore = false;
  #flushSoon = throttle(() => this.#flush(), 150);
  #refreshNewSoon = throttle(() => this.#refreshNew(), 400);
  #refreshSoon = throttle(() => this.refresh(), 1_000);
  #arrivals = new Arrivals(this.#refreshSoon);
  #observer;
  #body = h("div.pages");
  #more = h("div.more", { role: "status" });
  element = h(
    "section.list",
    {
      "aria-label": "Events",
      onscroll: () => this.#isAtTop() && this.#flush(),
      onfocusout: () => this.#flushSoon(),
    },
    h("div.pill-slot", this.#waiting.pill),
    this.#body,
    this.#more,
  );
  cursor = new RowCursor(this.element);

  /**
   * @param {Filter} filter The initial filter.
   * @param {(isEmpty: boolean) => void} onLoaded Called after each load.
   */
  constructor(filter, onLoaded) {
    this.#filter = filter;
    this.#onLoaded = onLoaded;
    this.#observer = new IntersectionObserver(
      (entries) => entries.forEach((entry) => this.#onIntersection(entry)),
      { root: this.element, rootMargin: MARGIN },
    );
    this.#observer.observe(this.#more);
  }

  /**
   * Lists from the top.
   *
   * @param {Filter} [filter] The current one unless given.
   */
  async load(filter = this.#filter) {
    const isNewFilter = filter !== this.#filter;
    this.#filter = filter;
    this.#loading.abort();
    const { signal } = this.#loading = new AbortController();
    this.#isLoadingMore = false;
    this.#waiting.clear();
    const isBlank = this.#pages.length === 0;
    const answer = await withSlowNotice(
      this.#list(filter, { signal }),
      () =>
        isBlank && !signal.aborted && this.#more.replaceChildren("Loading…"),
    );
    if (signal.aborted) return;
    if (isNewFilter || answer.ok) this.#clear();
    if (!answer.ok) {
      this.#onLoaded(false);
      return this.#more.replaceChildren(notListed(answer, () => this.load()));
    }
    this.#append(null, answer.value);
    this.#onLoaded(answer.value.events.length === 0);
  }

  /**
   * Adds an event that has just arrived, or updates one that was received again.
   *
   * @param {Row} row
   */
  add(row) {
    this.#arrivals.add();
    const page = this.#pageOf(row.id);
    const shown = page?.row(row.id);
    if (page && shown) return this.#update(page, { ...shown, ...row });
    if (this.#pages.length === 0) return;
    // The stream does not tell where it goes.
    if (this.#filter.destination !== "") return this.#refreshSoon();
    if (!matchesFilter(this.#filter, row)) return;
    // It may be an old event, whose position only the inbox knows.
    const isOld = row.duplicates > 0 && !this.#waiting.has(row.id);
    if (isOld) this.#refreshSoon();
    else this.#wait(row);
  }

  /**
   * Updates the event of an attempt.
   *
   * @param {StreamAttempt} attempt
   */
  attempt({ eventId, destination, status, number }) {
    this.#arrivals.add();
    const page = this.#pageOf(eventId);
    const row = page?.row(eventId);
    if (!page || !row) {
      // Its new status may match the filter.
      if (isOfDispatches(this.#filter)) this.#refreshSoon();
      return;
    }
    // Rows from the stream have no dispatches.
    if (!row.dispatches) return this.#refreshNewSoon();
    const dispatches = row.dispatches.map((dispatch) => {
      if (dispatch.destination !== destination) return dispatch;
      const attemptCount = Math.max(dispatch.attemptCount, number);
      return { ...dispatch, status, attemptCount };
    });
    const worst = worstStatus(dispatches);
    this.#update(page, { ...row, dispatches, status: worst });
  }

  /** Refetches what changed, without moving rows. */
  async refresh() {
    const [first] = this.#pages;
    if (!first || first.size === 0) return this.load();
    const { signal } = this.#loading;
    for (const page of this.#pages.filter(({ isFilled }) => isFilled)) {
      const { cursor, newestSeq } = page;
      const answer = await this.#list(this.#filter, { signal, cursor });
      if (signal.aborted || !answer.ok) return;
      const { events } = answer.value;
      const isAll = answer.value.cursor === null;
      const ids = new Set(events.map(({ id }) => id));
      events.forEach((row) => this.#update(page, row));
      const oldestSeq = isAll ? 0 : events.at(-1)?.seq ?? 0;
      if (isOfDispatches(this.#filter)) {
        page.markUnmatched(ids, { oldestSeq, newestSeq });
      }
      if (page !== first) continue;
      events.filter(({ id, seq }) =>
        !this.#pageOf(id) && (isAll || seq > first.lastSeq) &&
        !this.#waiting.has(id)
      ).reverse().forEach((row) => this.#wait(row));
    }
  }

  /** @type {typeof listEvents} */
  #list(filter, options) {
    return this.#arrivals.during(listEvents(filter, options));
  }

  /** @param {string} id */
  #pageOf(id) {
    return this.#pages.find((page) => page.row(id));
  }

  /**
   * @param {EventPage} page
   * @param {Row} row
   */
  #update(page, row) {
    page.update(row, matchesFilter(this.#filter, row));
  }

  /** @param {Row} row */
  #wait(row) {
    this.#waiting.add(row);
    this.#flushSoon();
  }

  #clear() {
    this.#pages.forEach(({ element }) => this.#observer.unobserve(element));
    this.#pages = [];
    this.#waiting.clear();
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
  #onIntersection({ target, isIntersecting }) {
    if (target === this.#more) {
      if (isIntersecting) this.#loadMore();
      return;
    }
    const page = this.#pages.find(({ element }) => element === target);
    // The first page grows, so it cannot be fetched again.
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
    const answer = await this.#list(this.#filter, { signal, cursor });
    if (signal.aborted) return;
    this.#isLoadingMore = false;
    if (!answer.ok) {
      const notice = notListed(answer, () => this.#loadMore());
      return this.#more.replaceChildren(notice);
    }
    this.#append(cursor, answer.value);
    // The observer reports only changes: the end may still be near.
    this.#observer.unobserve(this.#more);
    this.#observer.observe(this.#more);
  }

  /** @param {EventPage} page */
  async #refill(page) {
    const { signal } = this.#loading;
    page.isFilled = true;
    const options = { signal, cursor: page.cursor };
    const answer = await this.#list(this.#filter, options);
    if (signal.aborted) return;
    if (answer.ok && page.isFilled) page.fill(answer.value.events);
    else page.isFilled = false;
    this.cursor.mark();
  }

  #flush() {
    const [first] = this.#pages;
    const count = this.#waiting.size;
    // Rows do not move during keyboard navigation either.
    const isHeld = !this.#isAtTop() ||
      this.element.querySelector(".row:focus-visible");
    if (!first || count === 0 || isHeld) return this.#waiting.showPill();
    const isTooLong = first.size + count > FIRST_PAGE_SIZE_MAX;
    const newestSeq = first.rows()[0]?.seq ?? 0;
    const isInterleaved = this.#waiting.rows.some(({ seq }) => seq < newestSeq);
    if (isTooLong || isInterleaved || count > PAGE_SIZE || first.size === 0) {
      return void this.load();
    }
    first.prepend(this.#waiting.rows);
    this.#waiting.clear();
    this.cursor.mark();
    this.#refreshNewSoon();
  }

  /** Fetches the dispatches of new events. */
  async #refreshNew() {
    const [first] = this.#pages;
    const times = first?.rows().filter(({ dispatches }) => !dispatches)
      .map(({ receivedAt }) => receivedAt).sort() ?? [];
    const [since] = times;
    if (!first || since === undefined) return;
    const { signal } = this.#loading;
    // They may no longer match the filter.
    const filter = { ...this.#filter, since, status: "", destination: "" };
    const limit = FIRST_PAGE_SIZE_MAX;
    const answer = await this.#list(filter, { signal, limit });
    if (signal.aborted || !answer.ok) return;
    answer.value.events.forEach((row) => this.#update(first, row));
  }

  #isAtTop() {
    return this.element.scrollTop < 4;
  }
}
