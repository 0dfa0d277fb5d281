import type { Io } from "./io.ts";
import { noAnswer, type SendTarget } from "./send_advice.ts";

const TIMEOUT_MS = 10_000;

/** A delivery as Persona makes it. */
export interface SentDelivery {
  readonly body: Uint8Array<ArrayBuffer>;
  /** The signature; undefined for none. */
  readonly signature: string | undefined;
  /** The time of the first attempt in Unix seconds. */
  readonly firstAttemptedAt: number;
  /** The attempts with this one. */
  readonly attemptsMade: number;
}

/** The attempts that Persona makes. */
const ATTEMPTS_MAX = 8;

/**
 * Makes a delivery.
 *
 * @returns The status of the answer.
 * @throws {InboxError} If there is none.
 */
export async function postDelivery(
  { body, signature, firstAttemptedAt, attemptsMade }: SentDelivery,
  target: SendTarget,
  io: Io,
): Promise<number> {
  const headers = new Headers({
    "content-type": "application/json; charset=utf-8",
    "persona-webhook-attempts-made": String(attemptsMade),
    "persona-webhook-attempts-left": String(ATTEMPTS_MAX - attemptsMade),
    "persona-webhook-first-attempted-at": String(firstAttemptedAt),
  });
  if (signature !== undefined) headers.set("persona-signature", signature);
  const request = new Request(target.url, {
    method: "POST",
    headers,
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  try {
    const response = await io.fetch(request);
    await response.body?.cancel();
    return response.status;
  } catch (error) {
    throw noAnswer(error, { ...target, timeoutMs: TIMEOUT_MS });
  }
}
