// The latest rejected deliveries: enough to find out why, and none of their content.

import { REJECT_REASONS, type RejectReason } from "../reject_reasons.ts";

const REJECTED_MAX = 200;

/** The shape of a signature header, without its digests. */
export interface SignatureShape {
  readonly isPresent: boolean;
  /** The number of sets; more than one during a rotation. */
  readonly sets: number;
  /** The first numeric `t` values, in Unix seconds. */
  readonly timestamps: readonly number[];
  /** The number of `v1` values. */
  readonly macs: number;
}

/** A rejected delivery. */
export interface RejectedDelivery {
  readonly atMs: number;
  readonly requestId: string;
  /** The sender's address; empty if it is not an IP address. */
  readonly address: string;
  /** The status of the response. */
  readonly status: number;
  readonly reason: RejectReason;
  /** The age of its timestamp; negative if it is in the future. */
  readonly skewSeconds: number | null;
  readonly signature: SignatureShape;
  /** Null if unknown. */
  readonly bodyBytes: number | null;
}

/** A bounded list in memory. */
export class RejectedList {
  #latest: RejectedDelivery[] = [];

  /** Adds a rejected delivery; the oldest is dropped if there are too many. */
  add(rejected: RejectedDelivery): void {
    this.#latest.push(rejected);
    if (this.#latest.length > REJECTED_MAX) this.#latest.shift();
  }

  /** All of them, latest first. */
  list(): RejectedDelivery[] {
    return this.#latest.toReversed();
  }
}

/** A rejected delivery as it is shown, with the text of its reason. */
export function rejectedFields({ atMs, ...fields }: RejectedDelivery) {
  const at = new Date(atMs).toISOString();
  const { summary, hint } = REJECT_REASONS[fields.reason];
  return { at, ...fields, summary, hint };
}
