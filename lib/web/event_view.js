import { fetchText, pathTo } from "./api.js";
import { Arrivals } from "./arrivals.js";
import { bodyActions } from "./body_actions.js";
import { copyText } from "./copy_text.js";
import { dispatchList, isUnfinished } from "./dispatches.js";
import { h } from "./dom.js";
import { envelope } from "./envelope.js";
import { eventFacts } from "./event_facts.js";
import { eventName } from "./event_name.js";
import { keepFocus } from "./keep_focus.js";
import { closeButton, problem } from "./panel_parts.js";
import { readEvent } from "./read_event.js";
import { replayEvent, sendAgain } from "./replay.js";
import { sendToUrl } from "./send_to_url.js";
import { statusOf } from "./status.js";
import { throttle } from "./throttle.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { Failure } from "./api.js" */
/** @import { DestinationHealth, EventDetail } from "../views/api_types.ts" */
/** @import { ParsedEvent } from "./read_event.js" */

/** The name of bodies that are not Persona events. */
const UNRECOGNIZED = "unrecognized";

/** The panel of an open event. */
export class EventView {
  #id;
  #announce;
  /** @type {"" | "1" | "tokens"} */
  #revealing = "";
  /** @type {EventDetail | undefined} */
  #shown;
  /** @type {readonly DestinationHealth[]} */
  #health = [];
  #loading = new AbortController();
  #refreshSoon = throttle(() => this.#refresh(), 300);
  #changes = new Arrivals(this.#refreshSoon);
  #head = h("div.panel-head");
  #facts = h("div");
  #dispatches = h("div");
  #envelope = h("div");

  element = h(
    "div.event",
    this.#head,
    this.#facts,
    this.#dispatches,
    this.#envelope,
  );

  /**
   * @param {string} id The event's id.
   * @param {Announcer} announce
   */
  constructor(id, announce) {
    this.#id = id;
    this.#announce = announce;
  }

  /** Loads and shows it. @returns {Promise<boolean | void>} False on failure. */
  async load() {
    const event = await this.#fetch(this.#revealing);
    if (!event) return false;
    this.#show(event);
    if (event.detail.status === "erased") {
      const note = "The payload was erased: ids, name and times stay.";
      this.#envelope.replaceChildren(h("p.note", note));
      return true;
    }
    const isChosen = this.#revealing !== "" || !event.detail.isRevealed;
    this.#envelope.replaceChildren(envelope(event, {
      announce: this.#announce,
      actions: bodyActions(this.#id, this.#announce),
      onReveal: isChosen
        ? (isRevealed) => this.#reveal(isRevealed ? "1" : "")
        : null,
      onTokens: () => this.#reveal("tokens"),
    }));
    return true;
  }

  /** Cancels its requests. */
  close() {
    this.#loading.abort();
  }

  /** Removes its content until it is loaded again. */
  lock() {
    this.#loading.abort();
    this.#loading = new AbortController();
    this.#revealing = "";
    this.#shown = undefined;
    this.#dispatches.replaceChildren();
    this.#envelope.replaceChildren();
  }

  /**
   * Shows which destinations are down.
   *
   * @param {readonly DestinationHealth[]} health
   */
  showHealth(health) {
    const isSame = outages(health) === outages(this.#health);
    this.#health = health;
    if (!isSame && this.#shown) this.#showDispatches(this.#shown);
  }

  /**
   * Refreshes it, if a change is about it.
   *
   * @param {{ eventId?: string }} change
   */
  onChange({ eventId }) {
    if (eventId !== this.#id) return;
    this.#changes.add();
    this.#refreshSoon();
  }

  /**
   * Dispatches it again where it is not done.
   *
   * @param {string} [destination] Only to this one.
   */
  async #replay(destination) {
    await replayEvent(this.#id, this.#announce, destination);
    this.#refreshSoon();
  }

  /**
   * Sends it again, even where it succeeded, once confirmed.
   *
   * @param {string} [destination] Only to this one.
   */
  async #sendAgain(destination) {
    await sendAgain(this.#id, this.#announce, destination);
    this.#refreshSoon();
  }

  /** Refetches all but the body, which does not change; what is expanded stays so. */
  async #refresh() {
    const event = await this.#fetch("");
    if (event) this.#show(event);
  }

  /** @param {"" | "1" | "tokens"} revealing */
  async #reveal(revealing) {
    this.#revealing = revealing;
    if (!await this.load()) return;
    this.#envelope.querySelector("button")?.focus({ preventScroll: true });
    this.#announce(revealing ? "Revealed; this was logged" : "Masked");
  }

  /**
   * @param {"" | "1" | "tokens"} reveal
   * @returns {Promise<ParsedEvent | undefined>}
   */
  async #fetch(reveal) {
    const { signal } = this.#loading;
    const query = reveal ? { reveal } : {};
    const path = pathTo("events", this.#id, { query });
    const answer = await this.#changes.during(fetchText(path, { signal }));
    if (signal.aborted) return undefined;
    if (answer.ok) return readEvent(answer.value);
    // Content that is already shown stays.
    if (this.#head.isConnected) this.#announce(answer.message, true);
    else this.#fail(answer);
    return undefined;
  }

  /** @param {Failure} failure */
  #fail(failure) {
    this.element.replaceChildren(
      problem(failure, { missing: "No such event", retry: () => this.load() }),
    );
  }

  /** @param {ParsedEvent} event */
  #show({ detail }) {
    const { dispatches, status } = detail;
    const isErased = status === "erased";
    this.#shown = detail;
    if (!this.#head.isConnected) {
      this.element.replaceChildren(
        this.#head,
        this.#facts,
        this.#dispatches,
        this.#envelope,
      );
    }
    keepFocus(
      this.#head,
      h(
        "div.title",
        h("h2", { tabindex: -1 }, eventName(detail.name)),
        statusOf(detail),
        closeButton(),
      ),
      h(
        "div.actions",
        !isErased && h("button.primary", {
          disabled: !dispatches.some(isUnfinished),
          onclick: () => this.#replay(),
        }, "Replay"),
        !isErased && isEvent(detail) &&
          h(
            "button",
            { onclick: () => this.#sendAgain() },
            dispatches.length > 1
              ? `Send again to all ${dispatches.length}…`
              : "Send again…",
          ),
        !isErased && h("button", {
          onclick: () => sendToUrl(this.#id),
        }, "Send to a URL…"),
        h("button", {
          onclick: () => copyText(this.#id, { announce: this.#announce }),
        }, "Copy ID"),
      ),
    );
    this.#facts.replaceChildren(eventFacts(detail));
    this.#showDispatches(detail);
  }

  /** @param {EventDetail} event */
  #showDispatches(event) {
    keepFocus(
      this.#dispatches,
      dispatchList(event, {
        health: this.#health,
        isEvent: isEvent(event),
        onReplay: (destination) => this.#replay(destination),
        onSendAgain: (destination) => this.#sendAgain(destination),
      }),
    );
  }
}

/**
 * Returns whether it is a Persona event, which may itself be named "unrecognized".
 *
 * @param {{ id: string, name: string }} detail
 */
function isEvent({ id, name }) {
  return name !== UNRECOGNIZED || !id.startsWith(`${UNRECOGNIZED}_`);
}

/** @param {readonly DestinationHealth[]} health */
function outages(health) {
  return health.map(({ name, pausedUntil, pausedSince }) =>
    [name, pausedUntil, pausedSince].join(" ")
  ).join();
}
