/**
 * Points in time that say how long ago they are, and keep saying so.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { h } from "./dom.js";
import { ageText, aheadText } from "./span_text.js";

/**
 * Shows how long ago something was.
 *
 * @param {string | null} iso When; null shows nothing.
 * @returns {HTMLTimeElement}
 */
export function age(iso) {
  return ticking(iso, "ago");
}

/**
 * Shows how far away something is.
 *
 * @param {string | null} iso When; null shows nothing.
 * @returns {HTMLTimeElement}
 */
export function ahead(iso) {
  return ticking(iso, "ahead");
}

/**
 * Writes a point in time in full.
 *
 * @param {string} iso When.
 * @returns {string} For example `2026-11-25 16:33:24.902 UTC`.
 */
export function instantText(iso) {
  return iso.replace("T", " ").replace("Z", " UTC");
}

/** Lets the ages on the page grow. */
export function startTicking() {
  setInterval(() => {
    if (!document.hidden) tick();
  }, 1_000);
  document.addEventListener("visibilitychange", tick);
}

function tick() {
  for (const element of document.querySelectorAll("time[data-ticks]")) {
    // Nobody knows whether what lies ahead there still does.
    const isAhead = element.matches('[data-ticks="ahead"]');
    if (isAhead && element.closest(".is-stale")) continue;
    const text = textOf(/** @type {HTMLTimeElement} */ (element));
    if (element.textContent !== text) element.textContent = text;
  }
}

/**
 * @param {string | null} iso
 * @param {"ago" | "ahead"} ticks
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
  return dataset["ticks"] === "ahead" ? aheadText(-agoMs) : ageText(agoMs);
}
