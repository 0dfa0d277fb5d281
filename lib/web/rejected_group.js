import { age } from "./ages.js";
import { h } from "./dom.js";
import { RejectedDelivery } from "./rejected_delivery.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { Rejected } from "../views/api_types.ts" */

const ADDRESSES_MAX = 3;

/** Rejected deliveries with the same reason. */
export class RejectedGroup {
  #options;
  /** @type {RejectedDelivery[]} Latest first. */
  #deliveries = [];
  #head = h("div.card-head");
  #hint = h("p.hint");
  #count = h("summary");
  #list = h("ul.deliveries");
  element = h(
    "li.card.rejected",
    this.#head,
    this.#hint,
    h("details.each", this.#count, this.#list),
  );

  /** @param {{ announce: Announcer, max: number }} options The most to show. */
  constructor(options) {
    this.#options = options;
  }

  /**
   * Shows all of them. Those that are shown already stay, opened or not.
   *
   * @param {readonly Rejected[]} all Latest first.
   */
  show(all) {
    const shown = new Map(this.#deliveries.map((one) => [one.id, one]));
    this.#deliveries = all.map((rejected) =>
      shown.get(rejected.requestId) ?? this.#delivery(rejected)
    );
    const items = this.#deliveries.map(({ element }) => element);
    const isSame = items.length === this.#list.children.length &&
      items.every((item, i) => item === this.#list.children[i]);
    if (!isSame) this.#list.replaceChildren(...items);
    this.#showHead();
  }

  /** @param {Rejected} rejected The latest. */
  add(rejected) {
    const delivery = this.#delivery(rejected);
    this.#deliveries.unshift(delivery);
    this.#list.prepend(delivery.element);
    for (const old of this.#deliveries.splice(this.#options.max)) {
      old.element.remove();
    }
    this.#showHead();
  }

  /** @param {Rejected} rejected */
  #delivery(rejected) {
    return new RejectedDelivery(rejected, this.#options.announce);
  }

  #showHead() {
    const latest = this.#deliveries[0]?.rejected;
    if (!latest) return;
    const { status, summary, hint, at } = latest;
    const count = this.#deliveries.length;
    this.#head.replaceChildren(
      h("span.code", status),
      h("h2", capitalized(summary)),
      h("span.count", h("span.hidden", "rejected "), `${count} ×`),
      h("span.grow"),
      h("span.note", `from ${this.#addressesText()}, latest `, age(at)),
    );
    this.#hint.textContent = capitalized(hint);
    this.#count.textContent = count === 1
      ? "Show the delivery"
      : `Show the ${count} deliveries`;
  }

  #addressesText() {
    const addresses = new Set(
      this.#deliveries.map(({ rejected }) => rejected.address || "unknown"),
    );
    const shown = [...addresses].slice(0, ADDRESSES_MAX).join(", ");
    const more = addresses.size - ADDRESSES_MAX;
    return more > 0 ? `${shown} and ${more} more` : shown;
  }
}

/** @param {string} text */
function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
