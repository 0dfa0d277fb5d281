// The comparison of two events of an object: what their payloads have that is other.

import { instantText } from "./ages.js";
import { fetchText, pathTo } from "./api.js";
import { diffJson } from "./diff_json.js";
import { h } from "./dom.js";
import { memberOf } from "./json_nodes.js";
import { readEvent } from "./read_event.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { Difference } from "./diff_json.js" */
/** @import { Row } from "../views/api_types.ts" */
/** @import { ParsedEvent } from "./read_event.js" */

const SHOWN_MAX = 300;
const VALUE_LENGTH_MAX = 300;
const PAYLOAD = ["data", "attributes", "payload"];

/** The choice of two events, and their difference. */
export class EventComparison {
  #announce;
  #ids = "";
  #loading = new AbortController();
  #before = select("Compare", () => this.#compare(false));
  #after = select("with", () => this.#compare(false));
  #result = h("div", { "aria-live": "polite" });
  element = h(
    "details.comparison",
    { ontoggle: () => this.#result.hasChildNodes() || this.#compare(false) },
    h("summary", "Compare two events"),
    h("label", "Compare ", this.#before),
    h("label", "with ", this.#after),
    this.#result,
  );

  /** @param {Announcer} announce */
  constructor(announce) {
    this.#announce = announce;
  }

  /**
   * Sets the events to choose from; the last two are chosen first.
   *
   * @param {readonly Row[]} events Oldest first.
   */
  setEvents(events) {
    const ids = events.map(({ id }) => id).join();
    if (ids === this.#ids) return;
    this.#ids = ids;
    this.element.hidden = events.length < 2;
    for (const [select, back] of [[this.#before, 2], [this.#after, 1]]) {
      if (!(select instanceof HTMLSelectElement)) continue;
      const chosen = select.value || events.at(-Number(back))?.id || "";
      select.replaceChildren(
        ...events.map(({ id, name, createdAt, receivedAt }) =>
          h(
            "option",
            { value: id },
            `${name}, ${instantText(createdAt ?? receivedAt)}`,
          )
        ),
      );
      select.value = chosen;
    }
  }

  /** Removes what is shown. */
  lock() {
    this.#loading.abort();
    this.#result.replaceChildren();
    this.element.open = false;
  }

  /** @param {boolean} isRevealed */
  async #compare(isRevealed) {
    if (!this.element.open) return;
    this.#loading.abort();
    const { signal } = this.#loading = new AbortController();
    const answers = await Promise.all(
      [this.#before, this.#after].map(({ value: id }) => {
        const query = isRevealed ? { reveal: "1" } : {};
        return fetchText(pathTo("events", id, { query }), { signal });
      }),
    );
    if (signal.aborted) return;
    const failure = answers.find(({ ok }) => !ok);
    if (failure && !failure.ok) return this.#announce(failure.message, true);
    const events = answers.flatMap((one) =>
      one.ok ? [readEvent(one.value)] : []
    );
    this.#show(events);
    if (isRevealed) this.#announce("Revealed; this was recorded");
  }

  /** @param {readonly ParsedEvent[]} events The two. */
  #show([before, after]) {
    if (!before || !after) return;
    const { isRevealed } = after.detail;
    const tag = isRevealed ? "revealed" : "masked";
    const all = diffJson(payloadOf(before), payloadOf(after));
    this.#result.replaceChildren(
      h(
        "div.section-head",
        h("h3", all.length === 0 ? "No difference" : "Differences"),
        h("span", { class: `tag is-${tag}` }, tag),
        h("span.grow"),
        h("button.small", {
          onclick: () => this.#compare(!isRevealed),
        }, isRevealed ? "Mask" : "Reveal"),
      ),
      isRevealed ? "" : h(
        "p.note",
        "Masked values differ only if their kind or length does.",
      ),
      h("ul.differences", ...all.slice(0, SHOWN_MAX).map(difference)),
      all.length > SHOWN_MAX
        ? h("p.note", `and ${all.length - SHOWN_MAX} more`)
        : "",
    );
  }
}

/**
 * @param {string} label
 * @param {() => void} onchange
 */
function select(label, onchange) {
  return h("select", { "aria-label": label, onchange });
}

/** @param {ParsedEvent} event */
function payloadOf({ text, body }) {
  /** @type {typeof body | undefined} */
  let node = body;
  for (const key of PAYLOAD) node = node && memberOf(node, key);
  return { text, node };
}

/** @param {Difference} difference */
function difference({ path, before, after }) {
  const kind = before === null
    ? "added"
    : after === null
    ? "removed"
    : "changed";
  return h(
    "li",
    { class: `is-${kind}` },
    h("span.note", kind),
    h("code.path", path),
    before !== null && h("del", cut(before)),
    after !== null && h("ins", cut(after)),
  );
}

/** @param {string} text */
function cut(text) {
  return text.length > VALUE_LENGTH_MAX
    ? `${text.slice(0, VALUE_LENGTH_MAX)}…`
    : text;
}
