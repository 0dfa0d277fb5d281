import { h } from "./dom.js";
import { eventHash } from "./route.js";
import { eventIdOf, readSearch, writeSearch } from "./search_text.js";

/** @import { Filter } from "./filter.js" */

const STATUSES = ["", "pending", "done", "dead", "none"];
const SPANS = [
  ["", "any time"],
  ["15m", "last 15 min"],
  ["1h", "last hour"],
  ["24h", "last 24 h"],
  ["7d", "last 7 days"],
];
const DEBOUNCE_MS = 200;

/** The bar above the list. */
export class FilterBar {
  #onChange;
  /** @type {Filter} */
  #filter = { names: [], object: "", reference: "", status: "", since: "" };
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
  #since = h("select", {
    "aria-label": "Received since",
    onchange: () => this.#change({ since: this.#since.value }),
  });

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
    this.#since,
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
    const isListed = SPANS.some(([span]) => span === filter.since);
    const spans = isListed
      ? SPANS
      : [...SPANS, [filter.since, `since ${filter.since}`]];
    this.#since.replaceChildren(
      ...spans.map(([value, text]) => h("option", { value }, text)),
    );
    this.#since.value = filter.since;
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
