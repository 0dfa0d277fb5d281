/**
 * The way of a delivery: address, body, signature, envelope, store, answer. Nothing
 * is looked at before its signature is checked, and nothing is acknowledged before
 * it is durable.
 *
 * @module
 */

import { isIP } from "node:net";
import type { AddressCheck } from "../config/addresses.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { readDeliveryHeaders } from "../persona/delivery_headers.ts";
import { type Envelope, readEnvelope } from "../persona/envelope.ts";
import type { Verifier } from "../persona/signature.ts";
import { receivedEntry } from "../views/received_entry.ts";
import type { RejectedDelivery } from "../monitor/rejected_list.ts";
import { type Delivery, type Store, UNRECOGNIZED } from "../store/store.ts";
import { clientAddress } from "./client_address.ts";
import { declaredLength, readBody } from "./read_body.ts";
import { Deadlines } from "./deadlines.ts";
import { ANSWERS, type Rejection } from "./rejections.ts";
import { respond } from "./respond.ts";
import type { Handler, RequestContext } from "./routes.ts";
import { signatureShape } from "./signature_shape.ts";

/** Tells where events go after they are stored. */
export interface Onward {
  /** Names of the destinations that want an event. */
  destinationsFor(event: Envelope, body: Uint8Array): readonly string[];
}

/** What receiving needs. */
export interface ReceiveOptions {
  store: Store;
  subscriptions: Onward;
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
  /** Told of every refused delivery. */
  onRejected?: (rejected: RejectedDelivery) => void;
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

/** A delivery, and how far it has come: that tells whose fault a delay is. */
interface Reception {
  readonly request: Request;
  readonly context: RequestContext;
  /** Null until the body is there. */
  bodyBytes: number | null;
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
  async handle(request: Request, context: RequestContext): Promise<Response> {
    const reception: Reception = {
      request,
      context,
      bodyBytes: null,
      isLate: false,
    };
    const late = (): Rejection => {
      reception.isLate = true;
      const hasBody = reception.bodyBytes !== null;
      return { reason: hasBody ? "store-too-slow" : "body-too-slow" };
    };
    const received = this.#receive(reception);
    const rejection = await this.#deadlines.limit(received, late);
    return this.#answer(rejection, reception);
  }

  /** Resolves to nothing once the delivery is stored. */
  async #receive(reception: Reception): Promise<Rejection | undefined> {
    const { bodyBytesMax, clock, isAllowed, logger, subscriptions, store } =
      this.#options;
    const { request, context } = reception;
    const { headers } = request;
    if (context.isStopping()) return { reason: "stopping" };
    if (isAllowed && !isAllowed(this.#addressOf(reception))) {
      return { reason: "address-not-allowed" };
    }
    if (this.#takesUnsigned && isOfPage(headers)) {
      return { reason: "cross-site" };
    }
    const read = await readBody(request, bodyBytesMax);
    if (!read.ok) return read;
    if (reception.isLate) return undefined; // Refused already: it stays refused.
    const { body } = read;
    reception.bodyBytes = body.length;
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
    const destinations = envelope.ok
      ? subscriptions.destinationsFor(envelope.envelope, body)
      : [];
    const accepted = await store.accept(delivery, destinations);
    if (!accepted.ok) return { reason: `store-${accepted.reason}` };
    const { requestId } = context;
    const { duplicate, differs } = accepted;
    logger.log(receivedEntry(delivery, { requestId, duplicate, differs }));
    return undefined;
  }

  get #takesUnsigned(): boolean {
    return this.#options.secretFingerprints.length === 0;
  }

  #addressOf({ request, context }: Reception): string {
    return clientAddress(
      context.remoteAddress(),
      request.headers.get("x-forwarded-for"),
      this.#options.trustedProxies,
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
    const isUnsigned = this.#takesUnsigned &&
      (reason === "missing" || reason === "mismatch");
    if (isUnsigned) return { ok: true, secretFingerprint: null };
    return { ok: false, reason: `signature-${reason}`, skewSeconds };
  }

  #answer(rejection: Rejection | undefined, reception: Reception): Response {
    return rejection
      ? this.#reject(rejection, reception)
      : respond(200, "Webhook received successfully", reception.context);
  }

  #reject(rejection: Rejection, reception: Reception): Response {
    const { clock, logger, onRejected } = this.#options;
    const { headers } = reception.request;
    const { requestId } = reception.context;
    const { reason, skewSeconds } = rejection;
    const [status, message] = ANSWERS[reason];
    logger.log({ msg: "rejected", requestId, status, reason, skewSeconds });
    const address = this.#addressOf(reception);
    onRejected?.({
      atMs: clock.nowMs(),
      requestId,
      address: isIP(address) === 0 ? "" : address,
      status,
      reason,
      skewSeconds: skewSeconds ?? null,
      signature: signatureShape(headers.get("persona-signature")),
      bodyBytes: reception.bodyBytes ?? declaredLength(headers),
    });
    return respond(status, message, {
      requestId,
      ...(status === 503 && { headers: { "retry-after": RETRY_AFTER } }),
    });
  }
}

/**
 * Any page on the web can have its reader's browser post here, and only a signature
 * tells such an event from Persona's, which sends neither header.
 */
function isOfPage(headers: Headers): boolean {
  const site = headers.get("sec-fetch-site") ?? "none";
  return headers.has("origin") || (site !== "none" && site !== "same-origin");
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
