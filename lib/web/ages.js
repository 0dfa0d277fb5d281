import { h } from "./dom.js";
import { ageText, countdownText } from "./span_text.js";

/**
 * Shows the age of a point in time.
 *
 * @param {string | null} iso Null shows nothing.
 */
export function age(iso) {
  return ticking(iso, "ago");
}

/**
 * Shows the time left until a point in time.
 *
 * @param {string | null} iso Null shows nothing.
 */
export function countdown(iso) {
  return ticking(iso, "countdown");
}

/**
 * Formats a point in time in full.
 *
 * @param {string} iso
 * @returns {string} For example `2026-11-25 16:33:24.902 UTC`.
 */
export function instantText(iso) {
  return iso.replace("T", " ").replace("Z", " UTC");
}

/** Starts updating the relative times on the page every second. */
export function startTicking() {
  setInterval(() => {
    if (!document.hidden) tick();
  }, 1_000);
  document.addEventListener("visibilitychange", tick);
}

function tick() {
  for (const element of document.querySelectorAll("time[data-ticks]")) {
    // A countdown from stale data may no longer be true.
    const isCountdown = element.matches('[data-ticks="countdown"]');
    if (isCountdown && element.closest(".is-stale")) continue;
    const text = textOf(/** @type {HTMLTimeElement} */ (element));
    if (element.textContent !== text) element.textContent = text;
  }
}

/**
 * @param {string | null} iso
 * @param {"ago" | "countdown"} ticks
 */
function ticking(iso, ticks) {
  if (iso === null) return h("time");
  const title = instantText(iso);
  const element = h("time", { datetime: iso, "data-ticks": ticks, title });
  element.textContent = textOf(element);
  return element;
}

/** @param {HTMLTimeElement} element */
function textOf({ dateTime, dataset }) {
  const agoMs = Date.now() - Date.parse(dateTime);
  return dataset["ticks"] === "countdown"
    ? countdownText(-agoMs)
    : ageText(agoMs);
}
