/** @import { Minute } from "../views/api_types.ts" */

/** @type {(keyof Minute & ("received" | "duplicates" | "rejected" | "delivered" | "failed"))[]} */
const COUNTS = ["received", "duplicates", "rejected", "delivered", "failed"];

/**
 * Summarizes the last hour.
 *
 * @param {readonly Minute[]} minutes Oldest first.
 */
export function minutesText(minutes) {
  const sums = COUNTS.map((name) =>
    `${minutes.reduce((sum, minute) => sum + minute[name], 0)} ${name}`
  );
  const text = `Last hour by the minute: ${sums.join(", ")}`;
  const peak = Math.max(0, ...minutes.map(({ received }) => received));
  const busiest = minutes.find(({ received }) => received === peak);
  if (!busiest || peak === 0) return text;
  const time = busiest.at.slice(11, 16);
  return `${text}; peak minute: ${peak} received at ${time} UTC`;
}
