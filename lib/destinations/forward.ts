// HTTP destinations: events are forwarded as received, re-signed, so that a server written
// for Persona works unchanged behind the inbox.

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
  /** The signing secret; null sends events unsigned. */
  secret: string | null;
  /**
   * Further headers by name in lower case.
   *
   * @default {{}}
   */
  headers?: Readonly<Record<string, string>>;
  timeoutMs: number;
}

/** Dependencies of {@linkcode createForward}. */
export interface ForwardDeps {
  /** @default {globalThis.fetch} */
  fetch?: typeof fetch;
  /** @default {systemClock} */
  clock?: Clock;
}

/**
 * Node closes connections after 5 s without a request, and one sent at that moment would
 * be lost, so idle connections are closed a little earlier.
 */
const POOL_IDLE_MS = 4_000;

/**
 * Creates an HTTP destination.
 *
 * @returns The destination, with its own connections.
 * @throws {RangeError} If the secret is empty.
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

/** Describes an error of `fetch()` without its message, which contains the URL. */
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
  // The status decides, even if the body fails.
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
