import { spanText } from "./span_text.js";

/** @import { Rejected, SignatureShape } from "../views/api_types.ts" */

/**
 * Describes a header.
 *
 * @param {SignatureShape} shape
 * @returns {string} For example `2 sets, 2 timestamps, 2 MACs`.
 */
export function headerShape(shape) {
  if (!shape.isPresent) return "no persona-signature";
  const { sets, timestamps, macs } = shape;
  return [
    counted(sets, "set"),
    counted(timestamps.length, "timestamp"),
    counted(macs, "MAC"),
  ].join(", ");
}

/**
 * Describes how far a header's timestamps were off.
 *
 * @param {Pick<Rejected, "at" | "signature" | "skewSeconds">} rejected
 * @returns {string} For example `1 h behind this clock`; empty if there were none.
 */
export function skewText({ at, signature, skewSeconds }) {
  const skews = signature.timestamps.map((seconds) =>
    Date.parse(at) - seconds * 1000
  );
  if (skews.length === 0 && skewSeconds !== null) {
    skews.push(skewSeconds * 1000);
  }
  const texts = skews.map((ms) =>
    `${spanText(ms)} ${ms < 0 ? "ahead of" : "behind"} this clock`
  );
  return [...new Set(texts)].join(" and ");
}

/**
 * @param {number} count
 * @param {string} noun
 */
function counted(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
