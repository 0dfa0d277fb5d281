import { fetchJson } from "./api.js";
import { Arrivals } from "./arrivals.js";
import { h } from "./dom.js";
import { RejectedGroup } from "./rejected_group.js";
import { throttle } from "./throttle.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { ApiResult } from "./api.js" */
/** @import { Rejected } from "../views/api_types.ts" */

const SHOWN_MAX = 200;

/** The view of rejected deliveries, by reason. */
export class RejectedView {
  #announce;
  /** @type {Map<Rejected["reason"], RejectedGroup>} */
  #groups = new Map();
  #arrivals = new Arrivals(throttle(() => this.load(), 300));
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

  /** @param {Announcer} announce */
  constructor(announce) {
    this.#announce = announce;
  }

  /** Loads and shows them. */
  async load() {
    /** @type {ApiResult<{ rejected: Rejected[] }>} */
    const answer = await this.#arrivals.during(
      fetchJson("/api/rejected"),
    );
    if (!answer.ok) {
      this.#note.textContent = answer.message;
      return;
    }
    const { rejected } = answer.value;
    const groups = Map.groupBy(rejected, ({ reason }) => reason);
    for (const [reason, group] of this.#groups) {
      if (groups.has(reason)) continue;
      group.element.remove();
      this.#groups.delete(reason);
    }
    for (const [reason, deliveries] of groups) {
      this.#groupOf(reason).show(deliveries);
    }
    this.#note.textContent = rejected.length === 0 ? "None so far" : "";
  }

  /** @param {Rejected} rejected */
  add(rejected) {
    this.#arrivals.add();
    this.#groupOf(rejected.reason).add(rejected);
    this.#note.textContent = "";
  }

  /** Removes what is revealed. */
  lock() {
    this.#groups.clear();
    this.#list.replaceChildren();
  }

  /** @param {Rejected["reason"]} reason */
  #groupOf(reason) {
    let group = this.#groups.get(reason);
    if (group) return group;
    group = new RejectedGroup({ announce: this.#announce, max: SHOWN_MAX });
    this.#groups.set(reason, group);
    this.#list.append(group.element);
    return group;
  }
}
