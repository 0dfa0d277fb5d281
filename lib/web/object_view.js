// The timeline of an object: its events in order, and the time between them.

import { age, instantText } from "./ages.js";
import { fetchJson, pathTo } from "./api.js";
import { copyText } from "./copy_text.js";
import { h } from "./dom.js";
import { eventName } from "./event_name.js";
import { keepFocus } from "./keep_focus.js";
import { lateArrivals } from "./late_arrivals.js";
import { closeButton, problem } from "./panel_parts.js";
import { eventHash } from "./route.js";
import { spanText } from "./span_text.js";
import { statusMark } from "./status.js";
import { throttle } from "./throttle.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { ApiResult } from "./api.js" */
/** @import { InboxObject, Row } from "../views/api_types.ts" */

/** The panel of an open object. */
export class ObjectView {
  #id;
  #announce;
  /** @type {Set<string>} */
  #eventIds = new Set();
  #loading = new AbortController();
  #loadSoon = throttle(() => this.load(), 300);
  element = h("div.object-view");

  /**
   * @param {string} id The object's id.
   * @param {Announcer} announce
   */
  constructor(id, announce) {
    this.#id = id;
    this.#announce = announce;
  }

  /** Loads and shows it. */
  async load() {
    const { signal } = this.#loading;
    const path = pathTo("objects", this.#id);
    /** @type {ApiResult<InboxObject>} */
    const answer = await fetchJson(path, { signal });
    if (signal.aborted) return;
    if (answer.ok) return this.#show(answer.value);
    this.element.replaceChildren(
      problem(answer, { missing: "No such object", retry: () => this.load() }),
    );
  }

  /** Cancels its requests. */
  close() {
    this.#loading.abort();
  }

  /**
   * Reloads it, if a change is about it.
   *
   * @param {{ eventId?: string, objectId?: string | null }} change
   */
  onChange({ eventId, objectId }) {
    if (objectId === this.#id || this.#eventIds.has(eventId ?? "")) {
      this.#loadSoon();
    }
  }

  /** @param {InboxObject} object */
  #show({ id, type, status, events }) {
    this.#eventIds = new Set(events.map((event) => event.id));
    const late = lateArrivals(events);
    keepFocus(
      this.element,
      h(
        "div.panel-head",
        h(
          "div.title",
          h("h2", { tabindex: -1 }, type ?? "Object"),
          status !== null && h("span.tag.is-latest", status),
          closeButton(),
        ),
        h("p.id", h("code", id)),
        h(
          "div.actions",
          h(
            "a.button",
            { href: `?object=${encodeURIComponent(id)}` },
            "List its events",
          ),
          h("button", {
            onclick: () => copyText(this.#id, { announce: this.#announce }),
          }, "Copy ID"),
        ),
      ),
      h("h3.hidden", "Events by creation time"),
      h(
        "ol.timeline",
        ...events.flatMap((event, i) => [
          gap(event, events[i - 1]),
          step(event, late.has(event.id)),
        ]),
      ),
    );
  }
}

/**
 * @param {Row} event
 * @param {Row | undefined} previous
 */
function gap({ createdAt }, previous) {
  if (!previous?.createdAt || !createdAt) return null;
  const ms = Date.parse(createdAt) - Date.parse(previous.createdAt);
  return h("li.gap", `+${spanText(ms)}`);
}

/**
 * @param {Row} event
 * @param {boolean} isLate
 */
function step({ id, name, status, createdAt, receivedAt }, isLate) {
  const at = createdAt ?? receivedAt;
  return h(
    "li.step",
    h(
      "a",
      { href: eventHash(id) },
      eventName(name),
      isLate && h("span.tag", "arrived late"),
      statusMark(status),
      h("span.note.instant", instantText(at)),
      age(at),
    ),
  );
}
