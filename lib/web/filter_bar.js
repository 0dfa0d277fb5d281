import { h } from "./dom.js";
import { readFilter } from "./filter.js";
import { eventHash } from "./route.js";
import { eventIdOf, readSearch, writeSearch } from "./search_text.js";
import { TimeRange } from "./time_range.js";

/** @import { Filter } from "./filter.js" */

const STATUSES = ["", "pending", "done", "dead", "erased", "none"];
const DEBOUNCE_MS = 200;

/** The bar above the list. */
export class FilterBar {
  #onChange;
  #filter = readFilter("");
  /** @type {readonly string[]} */
  #destinations = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #debounce;
  #search = h("input", {
    type: "search",
    "aria-label": "Filter by event name, object ID or reference ID",
    placeholder: "inquiry.*, approved, object ID, ref:user-7",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    oninput: () => this.#type(),
    onkeydown: (event) => this.#enter(/** @type {KeyboardEvent} */ (event)),
  });
  #statuses = STATUSES.map((value) =>
    h("input", {
      type: "radio",
      name: "status",
      value,
      onchange: () => this.#change({ status: value }),
    })
  );
  #destination = h("select", {
    "aria-label": "Destination",
    onchange: () => this.#change({ destination: this.#destination.value }),
  });
  #range = new TimeRange((range) => this.#change(range));

  element = h(
    "search.filters",
    h("label.search", this.#search, h("kbd", { "aria-hidden": "true" }, "/")),
    h(
      "fieldset.segments",
      h("legend.hidden", "Status"),
      ...this.#statuses.map((input) =>
        h("label", input, h("span", input.value || "all"))
      ),
    ),
    this.#destination,
    this.#range.element,
  );

  /** @param {(filter: Filter, isTyping: boolean) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
  }

  /**
   * Shows a filter.
   *
   * @param {Filter} filter
   */
  show(filter) {
    this.#filter = filter;
    if (document.activeElement !== this.#search) {
      this.#search.value = writeSearch(filter);
    }
    for (const input of this.#statuses) {
      input.checked = input.value === filter.status;
    }
    this.#range.show(filter);
    this.#showDestinations();
  }

  /**
   * Sets the destinations to choose from.
   *
   * @param {readonly string[]} names
   */
  setDestinations(names) {
    if (names.join() === this.#destinations.join()) return;
    this.#destinations = names;
    this.#showDestinations();
  }

  #showDestinations() {
    const { destination } = this.#filter;
    const names = new Set([...this.#destinations, destination]);
    names.delete("");
    this.#destination.replaceChildren(
      h("option", { value: "" }, "any destination"),
      ...[...names].map((name) => h("option", { value: name }, name)),
    );
    this.#destination.value = destination;
    // With only one there is nothing to choose.
    this.#destination.hidden = names.size < 2 && destination === "";
  }

  /** Focuses the search box. */
  focus() {
    this.#search.focus();
    this.#search.select();
  }

  #type() {
    clearTimeout(this.#debounce);
    this.#debounce = setTimeout(() => this.#apply(true), DEBOUNCE_MS);
  }

  /** @param {KeyboardEvent} event */
  #enter(event) {
    if (event.key !== "Enter") return;
    clearTimeout(this.#debounce);
    const eventId = eventIdOf(this.#search.value);
    if (eventId) location.hash = eventHash(eventId);
    else this.#apply(false);
  }

  /** @param {boolean} isTyping */
  #apply(isTyping) {
    // An event id is not a filter: Enter opens the event.
    if (eventIdOf(this.#search.value)) return;
    this.#change(readSearch(this.#search.value), isTyping);
  }

  /**
   * @param {Partial<Filter>} change
   * @param {boolean} [isTyping]
   */
  #change(change, isTyping = false) {
    this.#filter = { ...this.#filter, ...change };
    this.#onChange(this.#filter, isTyping);
  }
}
