// The timeline of an object: its events in order, and the time between them.

import { age, instantText } from "./ages.js";
import { fetchJson, pathTo } from "./api.js";
import { Arrivals } from "./arrivals.js";
import { copyText } from "./copy_text.js";
import { h } from "./dom.js";
import { holdNote } from "./event_facts.js";
import { EventComparison } from "./event_comparison.js";
import { eventName } from "./event_name.js";
import { keepFocus } from "./keep_focus.js";
import { lateArrivals } from "./late_arrivals.js";
import { closeButton, problem } from "./panel_parts.js";
import { sendAllAgain } from "./replay.js";
import { eventHash } from "./route.js";
import { spanText } from "./span_text.js";
import { statusMark, statusOf } from "./status.js";
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
  #changes = new Arrivals(this.#loadSoon);
  #head = h("div.panel-head");
  #comparison;
  #timeline = h("ol.timeline");
  element = h("div.object-view");

  /**
   * @param {string} id The object's id.
   * @param {Announcer} announce
   */
  constructor(id, announce) {
    this.#id = id;
    this.#announce = announce;
    this.#comparison = new EventComparison(announce);
  }

  /** Loads and shows it. */
  async load() {
    const { signal } = this.#loading;
    const path = pathTo("objects", this.#id);
    /** @type {ApiResult<InboxObject>} */
    const answer = await this.#changes.during(
      fetchJson(path, { signal }),
    );
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

  /** Removes payloads. */
  lock() {
    this.#comparison.lock();
  }

  /**
   * Reloads it, if a change is about it.
   *
   * @param {{ eventId?: string, objectId?: string | null }} change
   */
  onChange({ eventId, objectId }) {
    this.#changes.add();
    if (objectId === this.#id || this.#eventIds.has(eventId ?? "")) {
      this.#loadSoon();
    }
  }

  /** @param {InboxObject} object */
  #show({ id, type, status, holds, events }) {
    this.#eventIds = new Set(events.map((event) => event.id));
    const late = lateArrivals(events);
    const copyId = () => copyText(id, { announce: this.#announce });
    if (!this.#head.isConnected) {
      this.element.replaceChildren(
        this.#head,
        this.#comparison.element,
        h("h3.hidden", "Events by creation time"),
        this.#timeline,
      );
    }
    keepFocus(
      this.#head,
      h(
        "div.title",
        h("h2", { tabindex: -1 }, type ?? "Object"),
        ...(status === null ? [] : [h("span.tag.is-latest", status)]),
        ...(holds.length === 0 ? [] : [h("span.tag", "on hold")]),
        closeButton(),
      ),
      h("p.id", h("code", id)),
      ...holds.map((hold) => h("p.note", "On hold ", holdNote(hold))),
      h(
        "div.actions",
        h(
          "a.button",
          { href: `?object=${encodeURIComponent(id)}` },
          "List its events",
        ),
        h("button", { onclick: copyId }, "Copy ID"),
      ),
    );
    this.#comparison.setEvents(events);
    keepFocus(
      this.#timeline,
      ...events.flatMap((event, i) => [
        ...gap(event, events[i - 1]),
        step(event, {
          isLate: late.has(event.id),
          onReplay: () => this.#replay(events.slice(i)),
        }),
      ]),
    );
  }

  /** @param {readonly Row[]} events */
  async #replay(events) {
    const ids = events.map(({ id }) => id);
    await sendAllAgain(ids, this.#announce);
    this.#loadSoon();
  }
}

/**
 * @param {Row} event
 * @param {Row | undefined} previous
 */
function gap({ createdAt }, previous) {
  if (!previous?.createdAt || !createdAt) return [];
  const ms = Date.parse(createdAt) - Date.parse(previous.createdAt);
  return [h("li.gap", `+${spanText(ms)}`)];
}

/**
 * @param {Row} event
 * @param {{ isLate: boolean, onReplay: () => void }} options
 */
function step(event, { isLate, onReplay }) {
  const { id, name, createdAt, receivedAt, dispatches = [] } = event;
  const at = createdAt ?? receivedAt;
  return h(
    "li.step",
    h(
      "a",
      { href: eventHash(id) },
      eventName(name),
      isLate && h("span.tag", "arrived late"),
      statusOf(event),
      h("span.note.instant", instantText(at)),
      age(at),
    ),
    h(
      "div.step-more",
      ...dispatches.map(({ destination, status }) =>
        statusMark(status, destination)
      ),
      h("span.grow"),
      h("button.small", {
        "aria-label": `Replay from here: ${name}…`,
        onclick: onReplay,
      }, "Replay from here…"),
    ),
  );
}
