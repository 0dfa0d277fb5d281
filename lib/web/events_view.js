import { h } from "./dom.js";
import { emptyInbox } from "./empty_inbox.js";
import { EventList } from "./event_list.js";
import { EventView } from "./event_view.js";
import { isEveryEvent, readFilter, writeFilter } from "./filter.js";
import { FilterBar } from "./filter_bar.js";
import { ObjectView } from "./object_view.js";
import { Overview } from "./overview.js";
import { withSlowNotice } from "./slow_notice.js";

/** @import { Announcer } from "./announcer.js" */
/** @import {
 *   DestinationHealth, Receiving, Row, Stats, StreamAttempt
 * } from "../views/api_types.ts" */
/** @import { Filter } from "./filter.js" */
/** @import { Route } from "./route.js" */

/** The view of events. */
export class EventsView {
  #announce;
  #onFilter;
  #filter = readFilter(location.search);
  /** @type {EventView | ObjectView | undefined} */
  #open;
  #openId = "";
  /** @type {readonly DestinationHealth[]} */
  #health = [];
  /** @type {Receiving | null} */
  #receiving = null;
  #program = "persona-inbox";
  #isEmpty = false;
  #shownEmpty = "";
  #bar = new FilterBar((filter, isTyping) => this.#onFilter(filter, isTyping));
  #list = new EventList(this.#filter, (isEmpty) => this.#showEmpty(isEmpty));
  #empty = h("div.empty-box");
  #panel = h("aside.panel", {
    "aria-label": "Details",
    hidden: true,
  });
  overview = new Overview();

  element = h(
    "div.events-view",
    h("h1.hidden", "Events"),
    this.overview.element,
    this.#bar.element,
    h("div.list-box", columns(), this.#empty, this.#list.element),
    this.#panel,
  );

  /**
   * @param {object} options
   * @param {Announcer} options.announce
   * @param {(filter: Filter, isTyping: boolean) => void} options.onFilter Called when the
   * user changes the filter.
   */
  constructor({ announce, onFilter }) {
    this.#announce = announce;
    this.#onFilter = onFilter;
    this.#bar.show(this.#filter);
  }

  /** Lists the events from the top. */
  load() {
    this.#list.load();
  }

  /** Reloads the list and the panel. */
  reload() {
    this.#list.load();
    this.#open?.load();
  }

  /** Refetches what changed. */
  refresh() {
    this.#list.refresh();
    this.#open?.onChange({ eventId: this.#openId, objectId: this.#openId });
  }

  /**
   * Applies the filter in the URL.
   *
   * @param {string} query
   */
  showFilter(query) {
    const filter = readFilter(query);
    const isSame = writeFilter(filter) === writeFilter(this.#filter);
    this.#filter = filter;
    this.#bar.show(filter);
    if (!isSame) this.#list.load(filter);
  }

  /**
   * Opens or closes the panel as the URL says.
   *
   * @param {Route} route
   */
  async showRoute({ view, id }) {
    const key = `${view} ${id}`;
    if (this.element.dataset["open"] === key) return;
    const row = this.#list.cursor.neighbor(0);
    this.#open?.close();
    this.element.dataset["open"] = key;
    this.#openId = id;
    this.#open = view === "event"
      ? new EventView(id, this.#announce)
      : view === "object"
      ? new ObjectView(id, this.#announce)
      : undefined;
    this.#list.cursor.mark(view === "event" ? id : "");
    const open = this.#open;
    if (!open) return this.#closePanel(row);
    if (open instanceof EventView) open.showHealth(this.#health);
    await withSlowNotice(
      open.load(),
      () => open === this.#open && this.#showPanel(loading()),
    );
    if (open !== this.#open) return;
    this.#showPanel(open.element);
    this.#panel.scrollTop = 0;
    open.element.querySelector("h2")?.focus({ preventScroll: true });
  }

  /** @param {Stats} stats */
  showStats(stats) {
    this.overview.show(stats);
    this.#health = stats.destinations;
    this.#bar.setDestinations(this.#health.map(({ name }) => name));
    this.#receiving = stats.receiving;
    this.#program = stats.program;
    if (this.#open instanceof EventView) this.#open.showHealth(this.#health);
    if (this.#isEmpty) this.#showEmpty(true);
  }

  /** Removes content that requires the token. */
  lock() {
    this.#open?.lock();
  }

  /** @param {Row} row An event that has just arrived. */
  add(row) {
    this.#list.add(row);
    this.#open?.onChange({ eventId: row.id, objectId: row.objectId });
  }

  /** @param {StreamAttempt} attempt */
  attempt(attempt) {
    this.#list.attempt(attempt);
    this.#open?.onChange(attempt);
  }

  /** Focuses the filter. */
  focusFilter() {
    this.#bar.focus();
  }

  /**
   * Moves to another row, and opens its event if one is open.
   *
   * @param {number} steps Downwards.
   * @returns {string | undefined} The hash to navigate to.
   */
  step(steps) {
    const link = this.#list.cursor.neighbor(steps);
    link?.scrollIntoView({ block: "nearest" });
    if (this.#open instanceof EventView) return link?.hash;
    link?.focus({ preventScroll: true });
    return undefined;
  }

  /** @param {HTMLElement} content */
  #showPanel(content) {
    this.#panel.hidden = false;
    this.element.classList.add("has-panel");
    this.#panel.replaceChildren(content);
  }

  /** @param {HTMLElement | undefined} row The row that was open. */
  #closePanel(row) {
    const hadFocus = this.#panel.contains(document.activeElement);
    this.#panel.hidden = true;
    this.#panel.replaceChildren();
    this.element.classList.remove("has-panel");
    if (hadFocus) row?.focus({ preventScroll: true });
  }

  /** @param {boolean} isEmpty */
  #showEmpty(isEmpty) {
    const isInboxEmpty = isEmpty && isEveryEvent(this.#filter);
    const key = JSON.stringify([
      isEmpty,
      isInboxEmpty,
      this.#receiving,
      this.#program,
    ]);
    if (key === this.#shownEmpty) return;
    this.#shownEmpty = key;
    this.#isEmpty = isEmpty;
    this.element.classList.toggle("is-inbox-empty", isInboxEmpty);
    this.element.classList.toggle("is-empty", isEmpty);
    this.#empty.replaceChildren(
      !isEmpty
        ? ""
        : isInboxEmpty
        ? emptyInbox(this.#announce, this.#receiving, this.#program)
        : noMatches(),
    );
  }
}

function loading() {
  return h("p.note.loading", { role: "status" }, "Loading…");
}

function noMatches() {
  return h(
    "div.no-matches",
    h("p", "No events match."),
    h("p", h("a", { href: "?" }, "List all events")),
  );
}

function columns() {
  const names = [
    "Status",
    "Event",
    "Object",
    "Destinations",
    "Delivery",
    "Age",
  ];
  return h(
    "div.columns",
    { "aria-hidden": "true" },
    ...names.map((name) => h("span", name)),
  );
}
