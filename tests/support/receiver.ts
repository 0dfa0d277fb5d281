import { addressCheck } from "../../lib/config/addresses.ts";
import type { BodyBudget } from "../../lib/http/body_budget.ts";
import { Deadlines } from "../../lib/http/deadlines.ts";
import { createHandler } from "../../lib/http/routes.ts";
import type { LogEntry, Logger } from "../../lib/log.ts";
import type { RejectedDelivery } from "../../lib/monitor/rejected_list.ts";
import { createVerifier } from "../../lib/persona/signature.ts";
import type { AcceptResult, Delivery, Store } from "../../lib/store/store.ts";
import { FakeClock } from "./fake_clock.ts";
import { MemoryStore } from "./memory_store.ts";
import { headerOf, NOW_SECONDS, SECRET } from "./signed_delivery.ts";

export const BODY_BYTES_MAX = 256 << 10;

export interface ReceiverSetup {
  /** None means that unsigned deliveries are taken. */
  secrets?: readonly string[];
  store?: Store;
  allowedAddresses?: readonly string[];
  trustedProxies?: number;
  deadlineMs?: number;
  bodyBudget?: BodyBudget;
  onRejected?: (rejected: RejectedDelivery) => void;
  isStopping?: () => boolean;
  isReady?: () => Promise<boolean>;
}

/** What came in, and what the store made of it. */
export interface Accepted {
  readonly delivery: Delivery;
  readonly result: AcceptResult;
}

export interface PostOptions {
  /**
   * Signed as it should be unless given, in time but wrong for a stream; null for no
   * header at all.
   */
  signature?: string | null;
  headers?: HeadersInit;
  remoteAddress?: string;
  path?: string;
}

/** The public routes over a store, without a port. */
export interface TestReceiver {
  readonly logged: LogEntry[];
  readonly accepted: Accepted[];
  fetch(request: Request, remoteAddress?: string): Promise<Response>;
  /** Posts to the webhook. */
  post(body: PostBody, options?: PostOptions): Promise<Response>;
  /** For a listener of one's own. */
  handler: Deno.ServeHandler;
}

export type PostBody =
  | string
  | Uint8Array<ArrayBuffer>
  | ReadableStream<Uint8Array<ArrayBuffer>>;

export async function createTestReceiver(
  setup: ReceiverSetup = {},
): Promise<TestReceiver> {
  const { secrets = [SECRET], store = new MemoryStore() } = setup;
  const { allowedAddresses, trustedProxies = 0, deadlineMs = 5_000 } = setup;
  const { isStopping = () => false, isReady = () => store.probe() } = setup;
  const clock = new FakeClock(NOW_SECONDS * 1000);
  const accepted: Accepted[] = [];
  const logged: LogEntry[] = [];
  const logger: Logger = {
    log: (entry) => void logged.push(entry),
    flush: () => Promise.resolve(),
  };
  const handle = createHandler({
    store: recording(store, accepted),
    subscriptions: { destinationsFor: () => [] },
    verifier: await createVerifier(secrets, { clock }),
    secretFingerprints: secrets.map((_, i) => `fingerprint-${i}`),
    isAllowed: allowedAddresses ? addressCheck(allowedAddresses) : null,
    trustedProxies,
    bodyBytesMax: BODY_BYTES_MAX,
    ...(setup.bodyBudget && { bodyBudget: setup.bodyBudget }),
    deadlines: new Deadlines(deadlineMs),
    onRejected: (rejected) => setup.onRejected?.(rejected),
    clock,
    logger,
    isReady,
  });
  let requests = 0;
  const fetch = async (request: Request, remoteAddress = "192.0.2.1") =>
    await handle(request, {
      requestId: `request-${requests++}`,
      remoteAddress: () => remoteAddress,
      isStopping,
    });
  return {
    logged,
    accepted,
    fetch,
    post: (body, options = {}) =>
      fetch(postRequest(body, options), options.remoteAddress),
    handler: (request) => fetch(request),
  };
}

export function postRequest(body: PostBody, options: PostOptions): Request {
  const { path = "/webhook" } = options;
  const signature = options.signature === undefined
    ? headerOf(body instanceof ReadableStream ? "" : body)
    : options.signature;
  const headers = new Headers(options.headers);
  if (!headers.has("content-type")) {
    headers.set("content-type", "application/json; charset=utf-8");
  }
  if (signature !== null) headers.set("persona-signature", signature);
  const url = `http://inbox.example${path}`;
  return new Request(url, { method: "POST", headers, body });
}

/** A body that arrives in pieces, and is endless unless it is whole. */
export function streamOf(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  { isEndless = false } = {},
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      if (!isEndless) controller.close();
    },
  });
}

function recording(store: Store, accepted: Accepted[]): Store {
  return {
    async accept(delivery, destinations) {
      const result = await store.accept(delivery, destinations);
      accepted.push({ delivery, result });
      return result;
    },
    link: (batch) => store.link(batch),
    replacePayloads: (replaced) => store.replacePayloads(replaced),
    bindKeyStore: (keys) => store.bindKeyStore(keys),
    leaseRetention: () => store.leaseRetention(),
    expire: (expiry) => store.expire(expiry),
    saveRetention: (progress) => store.saveRetention(progress),
    reclaim: () => store.reclaim(),
    erase: (erasure) => store.erase(erasure),
    setHolds: (holds) => store.setHolds(holds),
    removeHold: (token) => store.removeHold(token),
    deferErasures: (erasures) => store.deferErasures(erasures),
    keyGeneration: store.keyGeneration,
    exclusively: (action) => store.exclusively(action),
    withUnerased: (...request) => store.withUnerased(...request),
    requeue: (requeue) => store.requeue(requeue),
    probe: () => store.probe(),
    setPause: (destination, sinceMs) => store.setPause(destination, sinceMs),
    publishDestinations: (digests) => store.publishDestinations(digests),
    auditMark: () => store.auditMark(),
    rememberAudit: (mark) => store.rememberAudit(mark),
    publishLocalUrl: (localUrl) => store.publishLocalUrl(localUrl),
    openReader: () => store.openReader(),
    openOutboxes: (options) => store.openOutboxes(options),
    ticket: store.ticket,
    warnings: store.warnings,
    logBytes: store.logBytes,
    onChange: (listener) => store.onChange(listener),
    close: () => store.close(),
  };
}
