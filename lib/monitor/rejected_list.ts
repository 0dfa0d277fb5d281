// The latest rejected deliveries, in memory only. What they held is kept apart from what
// is listed, for who wants to know why one did not verify.

import { REJECT_REASONS, type RejectReason } from "../reject_reasons.ts";

const REJECTED_MAX = 200;

/** Bytes of headers and bodies; the latest are kept. */
const CONTENT_BYTES_MAX = 8 << 20;

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

/** The content of a rejected delivery. */
export interface RejectedContent {
  /** The signature header; null if there was none. */
  readonly header: string | null;
  /** The body, not verified; null if it was not read. */
  readonly body: Uint8Array | null;
}

/** A rejected delivery with its content; null once others took its room. */
export interface KeptRejection {
  readonly rejected: RejectedDelivery;
  content: RejectedContent | null;
}

/** A bounded list in memory. */
export class RejectedList {
  readonly #kept: KeptRejection[] = [];
  #contentBytes = 0;

  /** Adds a rejected delivery; the oldest is dropped if there are too many. */
  add(rejected: RejectedDelivery, content: RejectedContent): void {
    this.#kept.push({ rejected, content });
    this.#contentBytes += bytesOf(content);
    if (this.#kept.length > REJECTED_MAX) this.#empty(this.#kept.shift());
    for (const kept of this.#kept) {
      if (this.#contentBytes <= CONTENT_BYTES_MAX) break;
      this.#empty(kept);
    }
  }

  /** All of them, latest first. */
  list(): RejectedDelivery[] {
    return this.#kept.map(({ rejected }) => rejected).reverse();
  }

  /** Returns the one of a request; undefined if it is no longer listed. */
  get(requestId: string): KeptRejection | undefined {
    return this.#kept.find(({ rejected }) => rejected.requestId === requestId);
  }

  #empty(kept: KeptRejection | undefined): void {
    if (!kept?.content) return;
    this.#contentBytes -= bytesOf(kept.content);
    kept.content = null;
  }
}

function bytesOf({ header, body }: RejectedContent): number {
  return (header?.length ?? 0) + (body?.length ?? 0);
}

/** A rejected delivery as it is shown, with the text of its reason. */
export function rejectedFields({ atMs, ...fields }: RejectedDelivery) {
  const at = new Date(atMs).toISOString();
  const { summary, hint } = REJECT_REASONS[fields.reason];
  return { at, ...fields, summary, hint };
}
