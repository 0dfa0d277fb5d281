// Rejected deliveries: responded to, logged, counted and listed.

import { isIP } from "node:net";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import type {
  RejectedContent,
  RejectedDelivery,
} from "../monitor/rejected_list.ts";
import { REJECT_REASONS, type RejectReason } from "../reject_reasons.ts";
import { clientAddress } from "./client_address.ts";
import { declaredLength } from "./incoming_body.ts";
import { respond } from "./respond.ts";
import type { RequestContext } from "./router.ts";
import { signatureShape } from "./signature_shape.ts";

/** The reason and circumstances of a rejection. */
export interface Rejection {
  readonly reason: RejectReason;
  /** The age of the signature's timestamp. */
  readonly skewSeconds?: number | undefined;
  /** The body, if it was read. */
  readonly body?: Uint8Array | undefined;
}

/** Dependencies of {@linkcode Rejections}. */
export interface RejectionsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The number of trusted proxies. */
  readonly trustedProxies: number;
  /** Called for every rejected delivery. */
  readonly onRejected?: (
    rejected: RejectedDelivery,
    content: RejectedContent,
  ) => void;
}

/** Seconds, sent with 503. Persona follows its own schedule. */
const RETRY_AFTER = "5";

/** A responder to rejected deliveries. */
export class Rejections {
  readonly #deps: RejectionsDeps;

  constructor(deps: RejectionsDeps) {
    this.#deps = deps;
  }

  /**
   * Rejects a delivery.
   *
   * @param context Its id and sender.
   */
  answer(
    { reason, skewSeconds, body }: Rejection,
    { headers }: Request,
    context: RequestContext,
  ): Response {
    const { clock, logger, onRejected, trustedProxies } = this.#deps;
    const { requestId } = context;
    const { status, message } = REJECT_REASONS[reason];
    logger.log({ msg: "rejected", requestId, status, reason, skewSeconds });
    const address = clientAddress(
      context.remoteAddress(),
      headers.get("x-forwarded-for"),
      trustedProxies,
    );
    const header = headers.get("persona-signature");
    onRejected?.({
      atMs: clock.nowMs(),
      requestId,
      address: isIP(address) === 0 ? "" : address,
      status,
      reason,
      skewSeconds: skewSeconds ?? null,
      signature: signatureShape(header),
      bodyBytes: body?.length ?? declaredLength(headers),
    }, { header, body: body ?? null });
    return respond(status, message, {
      requestId,
      ...(status === 503 && { headers: { "retry-after": RETRY_AFTER } }),
      ...(status === 405 && { headers: { allow: "POST" } }),
    });
  }
}
