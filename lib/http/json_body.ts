import type { JsonValue } from "../json/json.ts";
import type { BodyBudget } from "./body_budget.ts";
import type { Deadlines } from "./deadlines.ts";
import { type BodyResult, IncomingBody } from "./incoming_body.ts";
import type { Refusal } from "./local_guard.ts";

/** The largest body: some ten thousand event ids. */
export const JSON_BODY_BYTES_MAX = 512 << 10;

/** The parsed body, or the response to an invalid one. */
export type JsonBodyResult =
  | {
    readonly ok: true;
    /** Undefined without a body. */
    readonly value: JsonValue | undefined;
  }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Reads the body. Types other than JSON are rejected, as browsers send them across sites
 * without a preflight.
 *
 * @param request The request, its body not read yet.
 * @returns The parsed body; never rejects.
 */
export async function readJsonBody(
  request: Request,
  { deadlines, budget }: { deadlines: Deadlines; budget: BodyBudget },
): Promise<JsonBodyResult> {
  const type = request.headers.get("content-type");
  const isJson = type !== null && /^application\/json\s*(?:;|$)/i.test(type);
  if (type !== null && !isJson) return WRONG_TYPE;
  const incoming = new IncomingBody(request, budget);
  const read = await deadlines.limit<BodyResult | typeof TOO_SLOW>(
    incoming.read().finally(() => incoming.release()),
    () => {
      incoming.cancel();
      return TOO_SLOW;
    },
  );
  if (!read.ok) return REFUSED[read.reason];
  if (read.body.length === 0) return { ok: true, value: undefined };
  if (!isJson) return WRONG_TYPE;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(read.body);
    return { ok: true, value: JSON.parse(text) };
  } catch {
    return refused(400, "Cannot read body as it must be JSON");
  }
}

const TOO_SLOW = { ok: false, reason: "body-too-slow" } as const;

const REFUSED = {
  "body-too-large": refused(
    413,
    `Cannot read body as it must have at most ${JSON_BODY_BYTES_MAX} bytes`,
  ),
  "body-broken-off": refused(400, "Cannot read body as it must be whole"),
  "overloaded": refused(503, "Cannot read body: too many are being read"),
  "body-too-slow": refused(408, "Cannot read body as it must come in time"),
};

const WRONG_TYPE = refused(
  415,
  "Cannot read body as its content-type must be application/json",
);

function refused(status: number, message: string) {
  return { ok: false, refusal: { status, message } } as const;
}
