/**
 * The way of a delivery: address, body, signature, envelope, store, answer. Nothing
 * is looked at before its signature is checked, and nothing is acknowledged before
 * it is durable.
 *
 * @module
 */

import type { AddressCheck } from "../addresses.ts";
import type { Clock } from "../clock.ts";
import { type Logger, toLoggable } from "../log.ts";
import { readDeliveryHeaders } from "../persona/delivery_headers.ts";
import { type Envelope, readEnvelope } from "../persona/envelope.ts";
import type { Verifier } from "../persona/signature.ts";
import { type Delivery, type Store, UNRECOGNIZED } from "../store/store.ts";
import { clientAddress } from "./client_address.ts";
import { readBody } from "./read_body.ts";
import { Deadlines } from "./deadlines.ts";
import { ANSWERS, type Rejection } from "./rejections.ts";
import { respond } from "./respond.ts";
import type { Handler, RequestContext } from "./routes.ts";

/** What receiving needs. */
export interface ReceiveOptions {
  store: Store;
  verifier: Verifier;
  /** One for each secret of the verifier; none means unsigned ones are taken. */
  secretFingerprints: readonly string[];
  isAllowed: AddressCheck | null;
  trustedProxies: number;
  bodyBytesMax: number;
  /** From the request to the answer, whatever happens; Persona waits for 5 s. */
  deadlineMs: number;
  clock: Clock;
  logger: Logger;
}

/** Sent with 503, in seconds. Persona has a schedule of its own; others ask. */
const RETRY_AFTER = "5";

/**
 * Makes the handler of `POST /webhook`.
 *
 * @param options What it works with.
 * @returns The handler.
 */
export function createReceiver(options: ReceiveOptions): Handler {
  const receiver = new Receiver(options);
  return (request, context) => receiver.handle(request, context);
}

/** How far a delivery has come: it tells whose fault a delay is. */
interface Progress {
  hasBody: boolean;
  /** Whether the answer is out already. */
  isLate: boolean;
}

class Receiver {
  readonly #options: ReceiveOptions;
  readonly #deadlines: Deadlines;

  constructor(options: ReceiveOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.deadlineMs);
  }

  /** Answers when the delivery is dealt with, or when the time is up. */
  handle(request: Request, context: RequestContext): Promise<Response> {
    const progress: Progress = { hasBody: false, isLate: false };
    return new Promise((resolve, reject) => {
      const place = this.#deadlines.start(() => {
        progress.isLate = true;
        const reason = progress.hasBody ? "store-too-slow" : "body-too-slow";
        resolve(this.#reject({ reason }, context));
      });
      this.#receive(request, context, progress)
        .finally(() => this.#deadlines.end(place))
        .then((rejection) => {
          if (!progress.isLate) resolve(this.#answer(rejection, context));
        })
        .catch(reject);
    });
  }

  /** Resolves to nothing once the delivery is stored. */
  async #receive(
    request: Request,
    context: RequestContext,
    progress: Progress,
  ): Promise<Rejection | undefined> {
    const { bodyBytesMax, clock, store } = this.#options;
    const { headers } = request;
    if (context.isStopping()) return { reason: "stopping" };
    if (!this.#isAllowed(headers, context)) {
      return { reason: "address-not-allowed" };
    }
    const read = await readBody(request, bodyBytesMax);
    if (!read.ok) return read;
    if (progress.isLate) return undefined; // Refused already: it stays refused.
    const { body } = read;
    progress.hasBody = true;
    const signature = await this.#verify(headers, body);
    if (!signature.ok) return signature;
    const envelope = readEnvelope(body);
    if (!envelope.ok && envelope.reason === "not-json") {
      return { reason: "body-not-json" };
    }

    const delivery: Delivery = {
      ...(envelope.ok ? envelope.envelope : unrecognized()),
      ...readDeliveryHeaders(headers),
      receivedAtMs: clock.nowMs(),
      secretFingerprint: signature.secretFingerprint,
      contentType: headers.get("content-type"),
      body,
    };
    const accepted = await store.accept(delivery);
    if (!accepted.ok) return { reason: `store-${accepted.reason}` };
    this.#logReceived(delivery, context.requestId, accepted.duplicate);
    return undefined;
  }

  #isAllowed(headers: Headers, context: RequestContext): boolean {
    const { isAllowed, trustedProxies } = this.#options;
    return isAllowed === null || isAllowed(
      clientAddress(
        context.remoteAddress(),
        headers.get("x-forwarded-for"),
        trustedProxies,
      ),
    );
  }

  /**
   * Without a secret nothing can be verified, but what claims to be signed must at
   * least look it: well formed and fresh.
   */
  async #verify(headers: Headers, body: Uint8Array): Promise<
    | { ok: true; secretFingerprint: string | null }
    | { ok: false } & Rejection
  > {
    const { verifier, secretFingerprints } = this.#options;
    const header = headers.get("persona-signature");
    const result = await verifier.verify(header, body);
    if (result.ok) {
      const fingerprint = secretFingerprints[result.secretIndex];
      return { ok: true, secretFingerprint: fingerprint ?? null };
    }
    const { reason, skewSeconds } = result;
    const isUnsigned = secretFingerprints.length === 0 &&
      (reason === "missing" || reason === "mismatch");
    if (isUnsigned) return { ok: true, secretFingerprint: null };
    return { ok: false, reason: `signature-${reason}`, skewSeconds };
  }

  #logReceived(
    delivery: Delivery,
    requestId: string,
    duplicate: boolean,
  ): void {
    const { attemptsMade, attemptsLeft, secretFingerprint } = delivery;
    this.#options.logger.log({
      msg: "received",
      requestId,
      eventId: toLoggable(delivery.id),
      eventName: toLoggable(delivery.name),
      objectType: toLoggable(delivery.objectType),
      objectId: toLoggable(delivery.objectId),
      signature: secretFingerprint === null ? "unsigned" : "verified",
      attempt: attemptsMade,
      attemptsMax: attemptsMade === null || attemptsLeft === null
        ? null
        : attemptsMade + attemptsLeft,
      duplicate,
    });
  }

  #answer(rejection: Rejection | undefined, context: RequestContext): Response {
    return rejection
      ? this.#reject(rejection, context)
      : respond(200, "Webhook received successfully", context);
  }

  #reject(rejection: Rejection, context: RequestContext): Response {
    const { requestId } = context;
    const [status, message] = ANSWERS[rejection.reason];
    this.#options.logger.log({
      msg: "rejected",
      requestId,
      status,
      reason: rejection.reason,
      skewSeconds: rejection.skewSeconds,
    });
    return respond(status, message, {
      requestId,
      ...(status === 503 && { headers: { "retry-after": RETRY_AFTER } }),
    });
  }
}

/** Signed JSON of another kind: kept, so that nothing is lost, under its own id. */
function unrecognized(): Envelope {
  return {
    id: `${UNRECOGNIZED}_${crypto.randomUUID()}`,
    name: UNRECOGNIZED,
    createdAtMs: null,
    objectType: null,
    objectId: null,
  };
}
