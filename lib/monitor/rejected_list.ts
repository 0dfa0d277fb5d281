/**
 * The latest refused deliveries: enough to find out why, and nothing of what they
 * carried.
 *
 * @module
 */

import { REJECT_REASONS, type RejectReason } from "../reject_reasons.ts";

/** How many are kept. */
const REJECTED_MAX = 200;

/** What a signature header looked like; none of its digests. */
export interface SignatureShape {
  readonly isPresent: boolean;
  /** How many sets it had; more than one while a secret is rotated. */
  readonly sets: number;
  /** The first of its `t` that are numbers, in Unix seconds. */
  readonly timestamps: readonly number[];
  /** How many `v1` it had. */
  readonly macs: number;
}

/** A delivery that was refused. */
export interface RejectedDelivery {
  readonly atMs: number;
  readonly requestId: string;
  /** Where it came from; empty when that is no address. */
  readonly address: string;
  /** The answer's. */
  readonly status: number;
  readonly reason: RejectReason;
  /** How far its timestamp lies in the past (positive) or future (negative). */
  readonly skewSeconds: number | null;
  readonly signature: SignatureShape;
  /** Null when that is not known. */
  readonly bodyBytes: number | null;
}

/** Keeps the latest ones, in memory. */
export class RejectedList {
  #latest: RejectedDelivery[] = [];

  /**
   * Keeps one; the oldest goes when there are too many.
   *
   * @param rejected What was refused.
   */
  add(rejected: RejectedDelivery): void {
    this.#latest.push(rejected);
    if (this.#latest.length > REJECTED_MAX) this.#latest.shift();
  }

  /** All that are kept, the latest first. */
  list(): RejectedDelivery[] {
    return this.#latest.toReversed();
  }
}

/** A refused delivery as it is shown, with words for its reason. */
export function rejectedFields({ atMs, ...fields }: RejectedDelivery) {
  const at = new Date(atMs).toISOString();
  const { summary, hint } = REJECT_REASONS[fields.reason];
  return { at, ...fields, summary, hint };
}
