import { countdown } from "./ages.js";
import { h } from "./dom.js";

/** @import { DestinationHealth } from "../views/api_types.ts" */

/**
 * Returns whether a destination is paused because it is down.
 *
 * @param {Pick<DestinationHealth, "pausedUntil">} health
 */
export function isDown({ pausedUntil }) {
  return pausedUntil !== null;
}

/**
 * Explains that pending dispatches wait for a destination that is down or paused.
 *
 * @param {DestinationHealth | undefined} health
 * @returns {HTMLElement | null} Null if it is neither.
 */
export function outageNote(health) {
  if (!health) return null;
  if (health.pausedSince !== null) {
    const text = `${health.name} is paused. It receives everything once it is`;
    return h("p.outage", `${text} resumed. Nothing is lost.`);
  }
  if (!isDown(health)) return null;
  return h(
    "p.outage",
    `${health.name} is down. It will be probed `,
    countdown(health.pausedUntil),
    ", and will receive everything once it responds. Nothing is lost.",
  );
}
