// The way of a delivery: address, body, signature, envelope, store, answer. Nothing
// is looked at before its signature is checked, and nothing is acknowledged before
// it is durable.

import type { AddressCheck } from "../config/addresses.ts";
import type { Clock } from "../clock.ts";
import type { Logger } from "../log.ts";
import { writeReceivedHeaders } from "../persona/received_headers.ts";
import { readDeliveryHeaders } from "../persona/delivery_headers.ts";
import { type Envelope, readEnvelope } from "../persona/envelope.ts";
import type {
  FreshSets,
  SignatureRefusal,
  Verifier,
} from "../persona/signature.ts";
import { UNRECOGNIZED, unrecognizedId } from "../persona/unrecognized.ts";
import type { UnlinkedEvent } from "../store/links.ts";
import type { Delivery, Store } from "../store/store.ts";
import { receivedEntry } from "../views/received_entry.ts";
import { BodyBudget } from "./body_budget.ts";
import { clientAddress } from "./client_address.ts";
import type { Deadlines } from "./deadlines.ts";
import { type HeaderMap, mapHeaders } from "./header_map.ts";
import { IncomingBody } from "./incoming_body.ts";
import type { Rejection, Rejections } from "./rejections.ts";
import { respondAccepted } from "./respond.ts";
import type { Handler, RequestContext } from "./router.ts";

/** Tells where events go after they are stored. */
export interface Onward {
  /** Names of the destinations that want an event. */
  destinationsFor(event: Envelope, body: Uint8Array): readonly string[];
}

/** Options of {@linkcode createReceiver}. */
export interface ReceiveOptions {
  readonly store: Store;
  readonly subscriptions: Onward;
  readonly verifier: Verifier;
  /** One for each secret of the verifier; none means unsigned ones are taken. */
  readonly secretFingerprints: readonly string[];
  readonly isAllowed: AddressCheck | null;
  readonly trustedProxies: number;
  readonly bodyBytesMax: number;
  /** The room for all bodies that are not verified yet. */
  readonly bodyBudget?: BodyBudget;
  /** From the request to the answer, whatever happens; Persona waits for 5 s. */
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Tells what a rule of retention keeps from all erasures. */
  readonly isKept?: (event: Pick<Delivery, "name" | "receivedAtMs">) => boolean;
  /** Tells under which tokens an event is linked. */
  readonly linkTokens?: (
    event: Pick<UnlinkedEvent, "id" | "objectId" | "body">,
  ) => readonly string[];
  /** Marks what this inbox forwards; its own come back by mistake only. */
  readonly inboxId?: string;
  /** Told of each delivery before it is stored or refused; without a body if refused. */
  readonly onDelivery?: (headers: Headers, body: Uint8Array | null) => void;
  /** Answers, logs and lists what is refused. */
  readonly rejections: Rejections;
}

/** Creates the handler of `POST /webhook`. */
export function createReceiver(options: ReceiveOptions): Handler {
  const receiver = new Receiver(options);
  return (request, context) => receiver.handle(request, context);
}

/** A delivery whose head is in order. */
interface Reception {
  readonly request: Request;
  readonly headers: HeaderMap;
  readonly context: RequestContext;
  /** Null when nothing can be verified. */
  readonly signature: Extract<FreshSets, { ok: true }> | null;
  readonly incoming: IncomingBody;
  /** Undefined until the body is there: that tells whose fault a delay is. */
  body: Uint8Array | undefined;
  /** True if the answer is out already. */
  isLate: boolean;
}

class Receiver {
  readonly #options: ReceiveOptions;
  readonly #budget: BodyBudget;

  constructor(options: ReceiveOptions) {
    this.#options = options;
    const { bodyBytesMax, bodyBudget } = options;
    this.#budget = bodyBudget ?? new BodyBudget({ bodyBytesMax });
  }

  /** Answers when the delivery is dealt with, or when the time is up. */
  async handle(request: Request, context: RequestContext): Promise<Response> {
    const { deadlines, rejections } = this.#options;
    const opened = this.#open(request, context);
    if ("reason" in opened) {
      this.#options.onDelivery?.(request.headers, null);
      return rejections.answer(opened, request, context);
    }
    const rejection = await deadlines.limit(
      this.#receive(opened),
      () => this.#giveUp(opened),
    );
    if (!rejection) return respondAccepted(context.requestId);
    const { body } = opened;
    return rejections.answer({ ...rejection, body }, request, context);
  }

  /** Looks at the head: of what it forbids not a byte of the body is read. */
  #open(request: Request, context: RequestContext): Reception | Rejection {
    const { isAllowed, verifier } = this.#options;
    if (context.isStopping()) return { reason: "stopping" };
    const headers = mapHeaders(request.headers);
    if (isAllowed && !isAllowed(this.#addressOf(headers, context))) {
      return { reason: "address-not-allowed" };
    }
    const sender = headers.get("persona-inbox-id");
    if (sender !== undefined && sender === this.#options.inboxId) {
      return { reason: "loop" };
    }
    if (this.#takesUnsigned && isOfPage(headers)) {
      return { reason: "cross-site" };
    }
    const incoming = new IncomingBody(request, this.#budget, headers);
    if (incoming.isTooLarge) return { reason: "body-too-large" };
    const signature = verifier.readHeader(
      headers.get("persona-signature") ?? null,
    );
    const isUnsigned = !signature.ok && signature.reason === "missing" &&
      this.#takesUnsigned;
    if (!signature.ok && !isUnsigned) return refusalOf(signature);
    return {
      request,
      headers,
      context,
      signature: signature.ok ? signature : null,
      incoming,
      body: undefined,
      isLate: false,
    };
  }

  /** Resolves to nothing once the delivery is stored. */
  async #receive(reception: Reception): Promise<Rejection | undefined> {
    const read = await this.#readVerified(reception);
    const { request, headers } = reception;
    this.#options.onDelivery?.(request.headers, read.ok ? read.body : null);
    if (!read.ok) return read;
    const { body, secretFingerprint } = read;
    const envelope = readEnvelope(body);
    if (!envelope.ok && envelope.reason === "not-json") {
      return { reason: "body-not-json" };
    }
    const { clock, isKept, linkTokens, logger, store, subscriptions } =
      this.#options;
    const event = envelope.ok ? envelope.envelope : await unrecognized(body);
    const receivedAtMs = clock.nowMs();
    const delivery: Delivery = {
      ...event,
      ...readDeliveryHeaders(headers),
      receivedAtMs,
      secretFingerprint,
      contentType: headers.get("content-type") ?? null,
      headers: writeReceivedHeaders(headers),
      body,
      isKept: isKept?.({ name: event.name, receivedAtMs }) ?? false,
      linkTokens: () => linkTokens?.({ ...event, body }) ?? [],
    };
    const destinations = envelope.ok
      ? subscriptions.destinationsFor(event, body)
      : [];
    const accepted = await store.accept(delivery, destinations);
    if (!accepted.ok) return { reason: `store-${accepted.reason}` };
    const { requestId } = reception.context;
    const { duplicate, differs } = accepted;
    logger.log(receivedEntry(delivery, { requestId, duplicate, differs }));
    return undefined;
  }

  /** Reads the body; its bytes count as not verified until this is done. */
  async #readVerified(reception: Reception): Promise<VerifiedBody | Refused> {
    const { incoming, signature } = reception;
    try {
      const read = await incoming.read();
      if (!read.ok) return read;
      // Refused already: it stays refused.
      if (reception.isLate) return { ok: false, reason: "body-too-slow" };
      const { body } = read;
      reception.body = body;
      if (signature === null || this.#takesUnsigned) {
        return { ok: true, body, secretFingerprint: null };
      }
      const { verifier, secretFingerprints } = this.#options;
      const result = await verifier.verifySets(signature.sets, body);
      if (!result.ok) return refusalOf(result);
      const secretFingerprint = secretFingerprints[result.secretIndex] ?? null;
      return { ok: true, body, secretFingerprint };
    } finally {
      incoming.release();
    }
  }

  /** Ends what takes too long. */
  #giveUp(reception: Reception): Rejection {
    reception.isLate = true;
    if (reception.body !== undefined) return { reason: "store-too-slow" };
    reception.incoming.cancel();
    return { reason: "body-too-slow" };
  }

  get #takesUnsigned(): boolean {
    return this.#options.secretFingerprints.length === 0;
  }

  #addressOf(headers: HeaderMap, context: RequestContext): string {
    return clientAddress(
      context.remoteAddress(),
      headers.get("x-forwarded-for") ?? null,
      this.#options.trustedProxies,
    );
  }
}

interface VerifiedBody {
  readonly ok: true;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Tells the secrets apart; null when nothing was verified. */
  readonly secretFingerprint: string | null;
}

type Refused = { readonly ok: false } & Rejection;

function refusalOf({ reason, skewSeconds }: SignatureRefusal): Refused {
  return { ok: false, reason: `signature-${reason}`, skewSeconds };
}

/**
 * Any page on the web can have its reader's browser post here, and only a signature
 * tells such an event from Persona's, which sends neither header.
 */
function isOfPage(headers: HeaderMap): boolean {
  const site = headers.get("sec-fetch-site") ?? "none";
  return headers.has("origin") || (site !== "none" && site !== "same-origin");
}

/** Signed JSON of another kind: kept, so that nothing is lost. */
async function unrecognized(body: Uint8Array<ArrayBuffer>): Promise<Envelope> {
  return {
    id: await unrecognizedId(body),
    name: UNRECOGNIZED,
    createdAtMs: null,
    objectType: null,
    objectId: null,
  };
}
