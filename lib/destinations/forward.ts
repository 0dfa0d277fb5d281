/**
 * HTTP destinations: an event goes on as it came, signed afresh, so that a handler
 * written for Persona works unchanged behind the inbox.
 *
 * @module
 */

import { type Clock, systemClock } from "../clock.ts";
import { createSigner } from "../persona/signature.ts";
import { readAnswerHead } from "./answer_head.ts";
import { Deadline, endedEarly } from "./deadline.ts";
import type {
  AttemptFault,
  AttemptOutcome,
  Destination,
} from "./destination.ts";
import { forwardHeaders } from "./forward_headers.ts";
import { headOf } from "./output.ts";
import { readRetryAfter } from "./retry_after.ts";

/** Options of {@linkcode createForward}. */
export interface ForwardOptions {
  url: string;
  /** Signs what is sent; null leaves it unsigned. */
  secret: string | null;
  /**
   * Further headers by name in lower case.
   *
   * @default {{}}
   */
  headers?: Readonly<Record<string, string>>;
  timeoutMs: number;
}

/** What {@linkcode createForward} uses of the world. */
export interface ForwardDeps {
  /** @default {globalThis.fetch} */
  fetch?: typeof fetch;
  /** @default {systemClock} */
  clock?: Clock;
}

/**
 * Node closes a connection after 5 s without a request; one sent at that moment
 * would be lost, so that ours are given up a little before.
 */
const POOL_IDLE_MS = 4_000;

/**
 * Makes a destination of a URL.
 *
 * @param options Where to, and how.
 * @param deps The world, the real one unless given.
 * @returns The destination; it has connections of its own.
 * @throws {DOMException} When the secret is empty.
 */
export async function createForward(
  options: ForwardOptions,
  deps: ForwardDeps = {},
): Promise<Destination> {
  const { url, secret, headers: further = {}, timeoutMs } = options;
  const { fetch = globalThis.fetch, clock = systemClock } = deps;
  const signer = secret === null ? null : await createSigner(secret, { clock });
  const client = Deno.createHttpClient({ poolIdleTimeout: POOL_IDLE_MS });
  let isClosed = false;

  return {
    async attempt(dispatch, stop) {
      using deadline = new Deadline(timeoutMs, stop);
      if (deadline.reason) return endedEarly(deadline.reason);
      let response: Response;
      try {
        const { body } = dispatch;
        const signature = await signer?.sign(body) ?? null;
        const init: RequestInit & { client: Deno.HttpClient } = {
          method: "POST",
          headers: forwardHeaders(dispatch, { signature, further }),
          body,
          redirect: "manual",
          signal: deadline.signal,
          client,
        };
        response = await fetch(url, init);
      } catch (error) {
        return deadline.reason
          ? endedEarly(deadline.reason)
          : connectionFault(error);
      }
      const head = await readAnswerHead(response);
      return judge(response, head, { deadline, clock });
    },
    close() {
      if (!isClosed) client.close();
      isClosed = true;
      return Promise.resolve();
    },
  };
}

/** Takes `fetch()`'s error apart, whose message has the URL in it, which may be secret. */
function connectionFault(error: unknown): AttemptOutcome {
  const { name, message, cause } = error instanceof Error ? error : new Error();
  const text = cause instanceof Error ? cause.message : message;
  const [, phase, detail] = /client error \((\w+)\)(?:: ([^]*))?$/.exec(text) ??
    [];
  const [broken] = /^[\w ]+ \(os error \d+\)$/.exec(text) ?? [];
  const [blocked] = /Requests to port \d+ are blocked$/.exec(message) ?? [];
  const isUnreachable = phase === "Connect" || blocked !== undefined ||
    name === "NotCapable";
  return {
    ok: false,
    reason: isUnreachable ? connectReason(text) : "broken-off",
    code: null,
    output: headOf(detail ?? broken ?? blocked ?? name),
  };
}

function connectReason(text: string): AttemptFault {
  if (/failed to lookup address|dns error/i.test(text)) return "unresolved";
  return /certificate|handshake|corrupt message|tls|unexpected eof/i.test(text)
    ? "untrusted"
    : "unreachable";
}

interface Circumstances {
  deadline: Deadline;
  clock: Clock;
}

function judge(
  { ok, status, headers }: Response,
  output: string,
  { deadline: { reason }, clock }: Circumstances,
): AttemptOutcome {
  // The status decides, whatever becomes of the body.
  const said = { code: status, output };
  if (ok) return { ok: true, ...said };
  if (reason === "aborted") return { ok: false, reason, ...said };

  const isRedirect = status >= 300 && status <= 399;
  const wait = readRetryAfter(headers.get("retry-after"), clock.nowMs());
  return {
    ok: false,
    reason: isRedirect ? "redirect" : "status",
    ...said,
    ...wait !== null && { retryAfterMs: wait },
  };
}
