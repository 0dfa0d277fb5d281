// The current row of the list and its neighbors. Only one row is a tab stop, or it would
// take fifty keystrokes to leave the list.

/// <reference lib="dom" />

/** The current position in a list of links. */
export class RowCursor {
  #list;
  #currentId = "";

  /** @param {HTMLElement} list The scroll container of the links. */
  constructor(list) {
    this.#list = list;
  }

  /**
   * Marks the open row. Call it again after the rows change.
   *
   * @param {string} [id] Its event's id; empty for none.
   */
  mark(id = this.#currentId) {
    this.#currentId = id;
    const links = this.#links();
    const open = links.find((link) => link.dataset["id"] === id);
    for (const link of links) {
      if (link === open) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      link.tabIndex = link === (open ?? links[0]) ? 0 : -1;
    }
  }

  /**
   * Finds the row some steps from the one that has the focus or is open, else the first
   * visible row.
   *
   * @param {number} steps Downwards.
   * @returns {HTMLAnchorElement | undefined}
   */
  neighbor(steps) {
    const links = this.#links();
    const focused = links.findIndex((link) => link === document.activeElement);
    const from = focused === -1
      ? links.findIndex((link) => link.dataset["id"] === this.#currentId)
      : focused;
    if (from !== -1) {
      return links[Math.min(Math.max(from + steps, 0), links.length - 1)];
    }
    const { top } = this.#list.getBoundingClientRect();
    return links.find((link) => link.getBoundingClientRect().top >= top);
  }

  /** @returns {HTMLAnchorElement[]} */
  #links() {
    return [...this.#list.querySelectorAll("a")];
  }
}
