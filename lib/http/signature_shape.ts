import type { SignatureShape } from "../monitor/rejected_list.ts";

/** The most timestamps that are shown, however long a header is. */
const TIMESTAMPS_MAX = 8;

/**
 * Describes a header, well formed or not. Of its values only numbers in the place of a
 * timestamp are kept: a secret put there by mistake is not a number.
 */
export function signatureShape(header: string | null): SignatureShape {
  const sets = (header ?? "").split(" ").filter((set) => set !== "");
  const pairs = sets.flatMap((set) => set.split(","));
  const timestamps = pairs.flatMap((pair) => {
    const [, seconds] = /^t=([0-9]{1,15})$/.exec(pair) ?? [];
    return seconds === undefined ? [] : [Number(seconds)];
  });
  return {
    isPresent: header !== null,
    sets: sets.length,
    timestamps: timestamps.slice(0, TIMESTAMPS_MAX),
    macs: pairs.filter((pair) => pair.startsWith("v1=")).length,
  };
}
