import { age, countdown, instantText } from "./ages.js";
import { fetchJson } from "./api.js";
import { h } from "./dom.js";
import { figure } from "./figure.js";
import { keepFocus } from "./keep_focus.js";
import { replayConfirmed } from "./replay.js";
import { visibleText } from "./visible_text.js";

/** @import { Announcer } from "./announcer.js" */
/** @import { ApiResult } from "./api.js" */
/** @import { DestinationHealth, PauseResult, Stats } from "../views/api_types.ts" */

const SINCE_START = "none since the start";

/** The view of destinations. */
export class DestinationsView {
  #announce;
  #onReplayed;
  #warnings = h("ul.warnings", { "aria-label": "Settings" });
  #list = h("ul.cards");
  #note = h("p.note", { role: "status" }, "Loading…");
  #shown = "";
  #shownAt = "";

  element = h(
    "section.page-view",
    {
      tabindex: 0,
      "aria-labelledby": "destinations-title",
    },
    h("h1", { id: "destinations-title" }, "Destinations"),
    this.#note,
    this.#warnings,
    this.#list,
  );

  /**
   * @param {Announcer} announce
   * @param {() => void} onReplayed Called when the figures are out of date.
   */
  constructor(announce, onReplayed) {
    this.#announce = announce;
    this.#onReplayed = onReplayed;
  }

  /** @param {Stats} stats */
  show({ destinations, warnings }) {
    this.#note.textContent = "";
    this.#shownAt = new Date().toISOString();
    // Unchanged content stays, with its focus and selection.
    const text = JSON.stringify([destinations, warnings]);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#warnings.replaceChildren(
      ...warnings.map(({ warning, hint }) =>
        h("li", h("strong", visibleText(warning)), ` ${hint}`)
      ),
    );
    const cards = destinations.map((destination) => this.#card(destination));
    keepFocus(this.#list, ...(cards.length > 0 ? cards : [noDestinations()]));
  }

  /**
   * Shows that the figures may be out of date.
   *
   * @param {string} message
   */
  fail(message) {
    this.#note.textContent = this.#shown === ""
      ? message
      : `${message} Last updated: ${instantText(this.#shownAt)}`;
  }

  /** @param {DestinationHealth} health */
  #card(health) {
    const { name, kind, target, events, order, pending, running, dead } =
      health;
    const action = health.pausedSince === null ? "Pause" : "Resume";
    return h(
      "li.card.destination",
      h(
        "div.card-head",
        h("h2", name),
        h("span.tag.is-plain", kind),
        state(health),
        h("span.grow"),
        (kind !== "removed" || action === "Resume") && h("button", {
          "aria-label": `${action} ${name}`,
          onclick: () => this.#setPaused(name, action),
        }, action),
        dead > 0 && h("button", {
          "aria-label": `Replay all dead letters of ${name}`,
          onclick: () => this.#replayAll(name),
        }, "Replay all"),
      ),
      target && h("code.target", target),
      h(
        "dl.figures",
        figure("pending", pending, listOf(name, "pending")),
        figure("running", running),
        figure("dead letters", dead, listOf(name, "dead")),
        ...rate(health),
      ),
      times(health),
      h(
        "p.note",
        events.length > 0 && `receives ${eventsText(events)}`,
        order === "none" && ", in no particular order",
      ),
    );
  }

  /**
   * @param {string} destination
   * @param {"Pause" | "Resume"} action
   */
  async #setPaused(destination, action) {
    /** @type {ApiResult<PauseResult>} */
    const answer = await fetchJson(
      `/api/destinations/${destination}/${action.toLowerCase()}`,
      { isPost: true },
    );
    const text = answer.ok ? answer.value.message : answer.message;
    this.#announce(text, !answer.ok);
    this.#onReplayed();
  }

  /** @param {string} destination */
  async #replayAll(destination) {
    const selection = { dead: true, destination };
    await replayConfirmed(selection, this.#announce, ({ dispatches }) => {
      if (dispatches === 0) {
        this.#announce("No dead letters left");
        return undefined;
      }
      const letters = dispatches === 1
        ? "1 dead letter"
        : `${dispatches.toLocaleString("en")} dead letters`;
      return {
        title: `Replay ${letters} of ${destination}?`,
        text:
          "They are dispatched again, oldest first. Each starts over at attempt 1, with its full number of attempts.",
        action: `Replay ${letters}`,
      };
    });
    this.#onReplayed();
  }
}

/** @param {DestinationHealth} health */
function state({ kind, pausedUntil, pausedSince, dead, sinceStart }) {
  if (pausedSince !== null) {
    return h("span.tag", "paused since ", instantText(pausedSince));
  }
  if (kind === "removed") {
    return h("span.tag", "not in the settings");
  }
  if (pausedUntil !== null) {
    return h("span.tag", "down, probed ", countdown(pausedUntil));
  }
  if (dead > 0) return h("span.tag.is-bad", "has dead letters");
  const { lastDeliveredAt, lastFailedAt } = sinceStart;
  if (lastFailedAt !== null && lastFailedAt > (lastDeliveredAt ?? "")) {
    return h("span.tag", "last attempt failed");
  }
  return h("span.tag.is-good", "healthy");
}

/**
 * Returns the query of what is counted.
 *
 * @param {string} destination
 * @param {string} status
 */
function listOf(destination, status) {
  return `?${new URLSearchParams({ destination, status })}`;
}

/** @param {DestinationHealth} health */
function rate({ sinceStart: { delivered, failed } }) {
  const all = delivered + failed;
  if (all === 0) return [];
  // Only without a failure is it all of them.
  const percent = Math.floor(delivered / all * 1_000) / 10;
  const title = `${delivered} of ${all} attempts since the start`;
  return [
    h(
      "div.figure",
      { title },
      h("dt", "success, last hour"),
      h("dd", `${percent} %`),
    ),
  ];
}

/** @param {DestinationHealth} health */
function times({ nextAttemptAt, waitingSince, ...health }) {
  const { lastDeliveredAt, lastFailedAt } = health.sinceStart;
  // A destination that is down gets a probe instead.
  const isOpen = health.pausedUntil === null && health.pausedSince === null;
  const next = isOpen ? nextAttemptAt : null;
  /** @type {[string, HTMLElement | string | null][]} */
  const facts = [
    ["Last success", lastDeliveredAt ? age(lastDeliveredAt) : SINCE_START],
    ["Last failure", lastFailedAt ? age(lastFailedAt) : SINCE_START],
    ["Oldest waiting", waitingSince && age(waitingSince)],
    ["Next attempt", next && countdown(next)],
  ];
  return h(
    "dl.times",
    ...facts.map(([name, value]) =>
      value && h("div", h("dt", name), h("dd", value))
    ),
  );
}

/** @param {readonly string[]} globs */
function eventsText(globs) {
  return globs.includes("*") ? "all events" : globs.join(", ");
}

function noDestinations() {
  return h(
    "li.card",
    h("p", "None yet. Events are stored anyway."),
    h(
      "p.note",
      "To add one, set ",
      h("code", "INBOX_FORWARD_URL=http://127.0.0.1:8080/persona"),
    ),
  );
}
