// Entry point of the page: routes the URL and the stream to the views.

import { startTicking } from "./ages.js";
import { createAnnouncer } from "./announcer.js";
import { fetchJson } from "./api.js";
import { AuditView } from "./audit_view.js";
import { badge } from "./badge.js";
import { DestinationsView } from "./destinations_view.js";
import { EventsView } from "./events_view.js";
import { writeFilter } from "./filter.js";
import { listenToKeys } from "./keys.js";
import { isDown } from "./outage.js";
import { RejectedView } from "./rejected_view.js";
import { readRoute, titleOf } from "./route.js";
import { Stream } from "./stream.js";
import { throttle } from "./throttle.js";
import { tokenForm } from "./token_form.js";
import { visibleText } from "./visible_text.js";

/** @import { Stats } from "../views/api_types.ts" */
/** @import { Filter } from "./filter.js" */
/** @import { StreamState } from "./stream.js" */

const STATS_PAUSE_MS = 2_000;
const STATS_EVERY_MS = 15_000;
const STATS_RETRY_MS = 4_000;
const STATS_TIMEOUT_MS = 8_000;

const main = find("main");
const announce = createAnnouncer(find("#announcements"));
const events = new EventsView({ announce, onFilter });
const audit = new AuditView();
const rejected = new RejectedView(announce);
const destinations = new DestinationsView(announce, () => loadStatsSoon());
const loadStatsSoon = throttle(loadStats, STATS_PAUSE_MS);
const stream = new Stream({ onEvent, onState, onGap });
let isTypingFilter = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let statsRetry;

main.replaceChildren(
  events.element,
  rejected.element,
  destinations.element,
  audit.element,
);
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
  close: () => location.hash !== "" && go("#/"),
});
find("#show-keys").addEventListener("click", showKeys);
addEventListener("popstate", () => {
  isTypingFilter = false;
  show();
});
addEventListener("click", followLink);
addEventListener("unauthorized", askForToken);
setInterval(loadStatsIfVisible, STATS_EVERY_MS);
startTicking();
show();
events.load();
start();

function start() {
  stream.start();
  loadStatsSoon();
}

/** Shows the view in the URL. */
function show() {
  const route = readRoute(location.hash);
  const view = viewOf();
  events.showFilter(location.search);
  if (view === "events") events.showRoute(route);
  if (view === "rejected") rejected.load();
  if (view === "destinations") loadStatsSoon();
  if (view === "audit") audit.load();
  const views = { events, rejected, destinations, audit };
  for (const [name, { element }] of Object.entries(views)) {
    element.toggleAttribute("inert", name !== view);
    element.classList.toggle("is-shown", name === view);
  }
  for (const link of document.querySelectorAll("nav a")) {
    const isCurrent = link.id === `nav-${view}`;
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = visibleText(`${titleOf(route)} · persona-inbox`);
}

function viewOf() {
  const { view } = readRoute(location.hash);
  return view === "event" || view === "object" ? "events" : view;
}

/**
 * Navigates to another URL of this page.
 *
 * @param {string} url Relative to this one.
 * @param {{ isReplaced?: boolean }} [options] `isReplaced` keeps the current URL out of the history.
 */
function go(url, { isReplaced = false } = {}) {
  if (isReplaced) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  show();
}

/**
 * Follows links to filters and views without loading the page again.
 *
 * @param {MouseEvent} event
 */
function followLink(event) {
  const { target, button, metaKey, ctrlKey, shiftKey, altKey } = event;
  const link = target instanceof Element ? target.closest("a") : null;
  const href = link?.getAttribute("href") ?? "";
  const isPlainClick = button === 0 && !metaKey && !ctrlKey && !shiftKey &&
    !altKey;
  if (!isPlainClick || !/^[?#]/.test(href)) return;
  event.preventDefault();
  go(href.startsWith("?") ? `${location.pathname}${href}` : href);
}

/**
 * @param {Filter} filter
 * @param {boolean} isTyping True while typing, which makes one entry in the history.
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
  const element = find("#connection");
  element.dataset["state"] = state;
  element.textContent = state === "off" ? "" : state;
  // Refresh the figures, or show that they are stale.
  if (state === "live" || state === "reconnecting") loadStatsSoon();
}

function onGap() {
  events.refresh();
  if (viewOf() === "rejected") rejected.load();
}

function loadStatsIfVisible() {
  if (!document.hidden && !isLocked()) loadStatsSoon();
}

async function loadStats() {
  const signal = AbortSignal.timeout(STATS_TIMEOUT_MS);
  /** @type {import("./api.js").ApiResult<Stats>} */
  const answer = await fetchJson("/api/stats", { signal });
  if (isLocked()) return;
  find("#shell").classList.toggle("is-stale", !answer.ok);
  clearTimeout(statsRetry);
  if (!answer.ok) {
    statsRetry = setTimeout(loadStatsIfVisible, STATS_RETRY_MS);
    events.overview.fail();
    destinations.fail(answer.message);
    return;
  }
  const stats = answer.value;
  events.showStats(stats);
  destinations.show(stats);
  const rejectedCount = stats.minutes.reduce((sum, m) => sum + m.rejected, 0);
  const down = stats.destinations.filter(isDown).length;
  badge(
    find("#nav-rejected .badge"),
    rejectedCount,
    "rejected in the last hour",
  );
  badge(find("#nav-destinations .is-dead"), stats.dead, "dead letters");
  badge(
    find("#nav-destinations .is-odd"),
    stats.warnings.length,
    "likely mistakes in the settings",
  );
  badge(
    find("#nav-destinations .is-down"),
    down,
    down === 1 ? "destination is down" : "destinations are down",
  );
  find("#version").textContent = stats.version;
}

function isLocked() {
  return find("#shell").classList.contains("is-locked");
}

/** Hides the content and asks for a token. */
function askForToken() {
  if (isLocked()) return;
  stream.end();
  events.lock();
  rejected.lock();
  find("#shell").classList.add("is-locked");
  const form = tokenForm(unlock);
  main.append(form);
  form.querySelector("input")?.focus();
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
