/**
 * Puts the page together: what the URL says is shown, what the stream tells is passed
 * on.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { startTicking } from "./ages.js";
import { createAnnouncer } from "./announcer.js";
import { ask } from "./api.js";
import { DestinationsView } from "./destinations_view.js";
import { EventsView } from "./events_view.js";
import { writeFilter } from "./filter.js";
import { listenToKeys } from "./keys.js";
import { RejectedView } from "./rejected_view.js";
import { readRoute } from "./route.js";
import { Stream } from "./stream.js";
import { throttle } from "./throttle.js";
import { tokenForm } from "./token_form.js";

/** @import { Stats } from "./api_types.js" */
/** @import { Filter } from "./filter.js" */
/** @import { StreamState } from "./stream.js" */

const STATS_PAUSE_MS = 2_000;
const STATS_EVERY_MS = 15_000;

const main = find("main");
const announce = createAnnouncer(find("#announcements"));
const events = new EventsView({ announce, onFilter });
const rejected = new RejectedView();
const destinations = new DestinationsView(announce, () => loadStatsSoon());
const loadStatsSoon = throttle(loadStats, STATS_PAUSE_MS);
const stream = new Stream({ onEvent, onState, onGap });
let isTypingFilter = false;

main.replaceChildren(events.element, rejected.element, destinations.element);
const showKeys = listenToKeys({
  filter: () => {
    if (viewOf() !== "events") location.hash = "#/";
    events.focusFilter();
  },
  step: (steps) => {
    if (viewOf() !== "events") return;
    const hash = events.step(steps);
    if (hash) go(hash, { isReplaced: true });
  },
  replay: () => viewOf() === "events" && events.replay(),
  close: () => location.hash !== "" && go("#/"),
});
find("#show-keys").addEventListener("click", showKeys);
addEventListener("popstate", () => {
  isTypingFilter = false;
  show();
});
addEventListener("click", followLink);
addEventListener("unauthorized", askForToken);
setInterval(() => document.hidden || loadStatsSoon(), STATS_EVERY_MS);
startTicking();
show();
events.load();
start();

function start() {
  stream.start();
  loadStatsSoon();
}

/** Shows what the URL says. */
function show() {
  const route = readRoute(location.hash);
  const view = viewOf();
  events.showFilter(location.search);
  if (view === "events") events.showRoute(route);
  if (view === "rejected") rejected.load();
  if (view === "destinations") loadStatsSoon();
  const views = { events, rejected, destinations };
  for (const [name, { element }] of Object.entries(views)) {
    element.toggleAttribute("inert", name !== view);
    element.classList.toggle("is-shown", name === view);
  }
  for (const link of document.querySelectorAll("nav a")) {
    const isCurrent = link.id === `nav-${view}`;
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const title = view.charAt(0).toUpperCase() + view.slice(1);
  document.title = `${title} · persona-inbox`;
}

function viewOf() {
  const { view } = readRoute(location.hash);
  return view === "event" || view === "object" ? "events" : view;
}

/**
 * Goes to another URL of this page.
 *
 * @param {string} url Relative to this one.
 * @param {{ isReplaced?: boolean }} [options] Whether "back" passes over this one.
 */
function go(url, { isReplaced = false } = {}) {
  if (isReplaced) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  show();
}

/**
 * Links to another filter need no other page.
 *
 * @param {MouseEvent} event
 */
function followLink(event) {
  const { target, button, metaKey, ctrlKey, shiftKey, altKey } = event;
  const link = target instanceof Element ? target.closest("a") : null;
  const href = link?.getAttribute("href") ?? "";
  const isPlain = button === 0 && !metaKey && !ctrlKey && !shiftKey && !altKey;
  if (!isPlain || !/^[?#]/.test(href)) return;
  event.preventDefault();
  go(href.startsWith("?") ? `${location.pathname}${href}` : href);
}

/**
 * @param {Filter} filter
 * @param {boolean} isTyping One entry of the history is enough for a word.
 */
function onFilter(filter, isTyping) {
  const url = `${location.pathname}${writeFilter(filter)}${location.hash}`;
  go(url, { isReplaced: isTyping && isTypingFilter });
  isTypingFilter = isTyping;
}

/**
 * @param {string} type
 * @param {string} data
 */
function onEvent(type, data) {
  const value = JSON.parse(data);
  if (type === "event") events.add(value);
  if (type === "attempt") events.attempt(value);
  if (type === "rejected") rejected.add(value);
  loadStatsSoon();
}

/** @param {StreamState} state */
function onState(state) {
  const place = find("#connection");
  place.dataset["state"] = state;
  place.textContent = state === "off" ? "" : state;
}

function onGap() {
  events.refresh();
  if (viewOf() === "rejected") rejected.load();
}

async function loadStats() {
  /** @type {import("./api.js").Answer<Stats>} */
  const answer = await ask("/api/stats");
  if (!answer.ok) return;
  const stats = answer.value;
  events.overview.show(stats);
  destinations.show(stats);
  badge("rejected", stats.minutes.reduce((all, one) => all + one.rejected, 0));
  badge("destinations", stats.dead);
  find("#version").textContent = stats.version;
}

/**
 * @param {string} view
 * @param {number} count
 */
function badge(view, count) {
  find(`#nav-${view} .badge`).textContent = count > 0
    ? count.toLocaleString("en")
    : "";
}

function askForToken() {
  stream.stop();
  if (document.querySelector(".token-form")?.contains(document.activeElement)) {
    return;
  }
  document.querySelector(".token-form")?.remove();
  find("#shell").classList.add("is-locked");
  main.append(tokenForm(unlock));
  document.querySelector("input")?.focus();
}

function unlock() {
  find("#shell").classList.remove("is-locked");
  document.querySelector(".token-form")?.remove();
  show();
  events.reload();
  start();
}

/**
 * @param {string} selector
 * @returns {HTMLElement}
 */
function find(selector) {
  const element = document.querySelector(selector);
  if (element instanceof HTMLElement) return element;
  throw new Error(`No ${selector} on the page`);
}
