import { age } from "./ages.js";
import { fetchJson } from "./api.js";
import { h } from "./dom.js";
import { headerShape, skewText } from "./header_shape.js";

/** @import { ApiResult } from "./api.js" */
/** @import { Rejected } from "../views/api_types.ts" */

const SHOWN_MAX = 200;

/** The view of rejected deliveries. */
export class RejectedView {
  #list = h("ul.cards");
  #note = h("p.note", { role: "status" });

  element = h(
    "section.page-view",
    { tabindex: 0, "aria-labelledby": "rejected-title" },
    h("h1", { id: "rejected-title" }, "Rejected deliveries"),
    h(
      "p.lead",
      `The last ${SHOWN_MAX} since the server started. Persona retries a rejected delivery up to 7 times: 8 attempts in all, over about two days.`,
    ),
    this.#note,
    this.#list,
  );

  /** Loads and shows them. */
  async load() {
    /** @type {ApiResult<{ rejected: Rejected[] }>} */
    const answer = await fetchJson("/api/rejected");
    if (!answer.ok) {
      this.#note.textContent = answer.message;
      return;
    }
    this.#list.replaceChildren(...answer.value.rejected.map(card));
    this.#count();
  }

  /** @param {Rejected} rejected */
  add(rejected) {
    this.#list.prepend(card(rejected));
    while (this.#list.children.length > SHOWN_MAX) {
      this.#list.lastChild?.remove();
    }
    this.#count();
  }

  #count() {
    const isEmpty = this.#list.children.length === 0;
    this.#note.textContent = isEmpty ? "None so far" : "";
  }
}

/** @param {Rejected} rejected */
function card(rejected) {
  const { at, address, status, summary, hint, requestId } = rejected;
  const { signature, bodyBytes } = rejected;
  /** @type {[string, string | null | undefined][]} */
  const facts = [
    ["From", address],
    ["Header", headerShape(signature)],
    ["Timestamp", skewText(rejected)],
    ["Body", bodyText(bodyBytes)],
    ["Request", requestId],
  ];
  return h(
    "li.card.rejected",
    h(
      "div.card-head",
      h("span.code", status),
      h("h2", capitalized(summary)),
      h("span.grow"),
      age(at),
    ),
    h("p.hint", capitalized(hint)),
    h(
      "dl.facts.is-inline",
      ...facts.flatMap(([name, value]) =>
        value ? [h("div", h("dt", name), h("dd", value))] : []
      ),
    ),
  );
}

/** @param {string} text */
function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {number | null | undefined} bytes */
function bodyText(bytes) {
  return typeof bytes === "number" ? `${bytes.toLocaleString("en")} bytes` : "";
}
