import type { RejectedDelivery } from "../../lib/monitor/rejected_list.ts";

/** A delivery that was refused, changed where it matters. */
export function rejected(
  changes: Partial<RejectedDelivery> = {},
): RejectedDelivery {
  return {
    atMs: 1_750_000_100_000,
    requestId: "request-7",
    address: "192.0.2.7",
    status: 401,
    reason: "signature-expired",
    skewSeconds: 301,
    signature: {
      isPresent: true,
      sets: 1,
      timestamps: [1_749_999_799],
      macs: 1,
    },
    bodyBytes: 512,
    ...changes,
  };
}
