/**
 * How a refused delivery is answered.
 *
 * @module
 */

import type { RejectReason } from "../log.ts";

/** A delivery that is refused. */
export interface Rejection {
  readonly reason: RejectReason;
  /** How far a signature's `t` is off. */
  readonly skewSeconds?: number | undefined;
}

/** Status and message of each reason. A signature's fault is not told apart. */
export const ANSWERS: Record<RejectReason, readonly [number, string]> = {
  "address-not-allowed": [403, "Source address not allowed"],
  "body-broken-off": [400, "Request body broken off"],
  "body-not-json": [400, "Request body must be JSON"],
  "body-too-large": [413, "Request body too large"],
  "body-too-slow": [408, "Request body took too long"],
  "cross-site": [403, "Cross-site requests not allowed"],
  "signature-missing": [401, "Invalid webhook signature"],
  "signature-malformed": [401, "Invalid webhook signature"],
  "signature-expired": [401, "Invalid webhook signature"],
  "signature-future": [401, "Invalid webhook signature"],
  "signature-mismatch": [401, "Invalid webhook signature"],
  "store-failed": [503, "Cannot store the event now, send it again"],
  "store-overloaded": [503, "Cannot store the event now, send it again"],
  "store-too-slow": [503, "Cannot store the event now, send it again"],
  "stopping": [503, "Stopping, send it again"],
};
