/**
 * What a destination that is down means for those who wait for it.
 *
 * @module
 */

// @ts-check
/// <reference lib="dom" />

import { ahead } from "./ages.js";
import { h } from "./dom.js";

/** @import { DestinationHealth } from "../http/api_types.ts" */

/**
 * Tells whether a destination is left alone for now, as it is down.
 *
 * @param {Pick<DestinationHealth, "pausedUntil">} health
 * @returns {boolean}
 */
export function isDown({ pausedUntil }) {
  return pausedUntil !== null;
}

/**
 * Says so of what is pending there.
 *
 * @param {DestinationHealth | undefined} health
 * @returns {HTMLElement | null} Null when it is not down.
 */
export function outageNote(health) {
  if (!health || !isDown(health)) return null;
  return h(
    "p",
    { class: "outage" },
    `${health.name} is down: it is probed `,
    ahead(health.pausedUntil),
    ", and gets everything once it answers. Nothing is lost.",
  );
}
