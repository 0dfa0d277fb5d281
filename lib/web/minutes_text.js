/**
 * What the chart shows, in words.
 *
 * @module
 */

// @ts-check

/** @import { Minute } from "../http/api_types.ts" */

/** @type {(keyof Minute & ("received" | "duplicates" | "rejected" | "delivered" | "failed"))[]} */
const COUNTS = ["received", "duplicates", "rejected", "delivered", "failed"];

/**
 * Sums up an hour.
 *
 * @param {readonly Minute[]} minutes The oldest first.
 * @returns {string}
 */
export function minutesText(minutes) {
  const sums = COUNTS.map((name) =>
    `${minutes.reduce((sum, minute) => sum + minute[name], 0)} ${name}`
  );
  const text = `Last hour by the minute: ${sums.join(", ")}`;
  const most = Math.max(0, ...minutes.map(({ received }) => received));
  const busiest = minutes.find(({ received }) => received === most);
  if (!busiest || most === 0) return text;
  const time = busiest.at.slice(11, 16);
  return `${text}; the most in one minute were ${most} received at ${time} UTC`;
}
