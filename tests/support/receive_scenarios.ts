import type { RejectReason } from "../../lib/reject_reasons.ts";
import { UNRECOGNIZED } from "../../lib/persona/unrecognized.ts";
import { ACCEPTED, BAD_SIGNATURE } from "./answers.ts";
import { BODY_BYTES_MAX, type PostOptions } from "./receiver.ts";
import {
  CANARY,
  eventText,
  headerOf,
  macOf,
  NOW_SECONDS,
  SECRET,
} from "./signed_delivery.ts";

export const OLD_SECRET = "wbhsec_0ld";
export const EVENT = eventText();
const DEEP = 20_000;
const NOT_JSON = [400, "Request body must be JSON"] as const;
const TOO_LARGE = [413, "Request body too large"] as const;

/** A delivery, and what must come of it. */
export interface Scenario extends PostOptions {
  name: string;
  body?: string | Uint8Array<ArrayBuffer>;
  /** Sends the body in pieces of so many bytes, without a content-length. */
  piecesOf?: number;
  answer: readonly [number, string];
  logs: "verified" | RejectReason;
  /** The name that the event is kept under. */
  keptAs?: string;
}

function takes(name: string, scenario: Partial<Scenario> = {}): Scenario {
  const keptAs = "inquiry.approved";
  return { name, answer: ACCEPTED, logs: "verified", keptAs, ...scenario };
}

function keeps(name: string, body: string): Scenario {
  return takes(name, { body, keptAs: UNRECOGNIZED });
}

function refuses(
  logs: RejectReason,
  name: string,
  signature: string | null,
  scenario: Partial<Scenario> = {},
): Scenario {
  return { name, answer: BAD_SIGNATURE, logs, signature, ...scenario };
}

function isNoJson(name: string, body: string | Uint8Array<ArrayBuffer>) {
  return { name, body, answer: NOT_JSON, logs: "body-not-json" } as const;
}

function signedAt(timestamp: number | string, secret = SECRET): string {
  return headerOf(EVENT, { timestamp, secret });
}

function withAttribute(json: string): string {
  return EVENT.replace(JSON.stringify(CANARY), json);
}

function largeEvent(length: number): string {
  return withAttribute(JSON.stringify("x")) + " ".repeat(
    length - withAttribute(JSON.stringify("x")).length,
  );
}

const V1 = `v1=${macOf(EVENT)}`;
const FRESH = `t=${NOW_SECONDS}`;
const ROTATION = [signedAt(NOW_SECONDS - 3), signedAt(NOW_SECONDS, OLD_SECRET)];

/** `/webhook`, row by row, and the attacks on it. */
export const SCENARIOS: readonly Scenario[] = [
  takes("a signed event"),
  takes("a query string", { path: "/webhook?from=persona" }),
  takes("another content type", { headers: { "content-type": "text/plain" } }),
  takes("a body in pieces", { piecesOf: 50 }),
  takes("a body that splits characters", { piecesOf: 9 }),
  takes("a body of the largest size", { body: largeEvent(BODY_BYTES_MAX) }),
  takes("the same in pieces", {
    body: largeEvent(BODY_BYTES_MAX),
    piecesOf: 1000,
  }),
  takes("a trailing newline", { body: `${EVENT}\r\n` }),
  takes("a byte-order mark", { body: `\ufeff${EVENT}` }),
  takes("big integers and 1.0", {
    body: withAttribute("[12345678901234567890,1.0,1e400]"),
  }),
  takes("escapes", {
    body: withAttribute('"\\u00e9\\/\\ud83d\\ude00\\ud800"'),
  }),
  takes("raw multi-byte text", { body: withAttribute('"Zoë 木 🗝 \u2028"') }),
  takes("__proto__ keys", {
    body: withAttribute('{"__proto__":{"isAdmin":1},"constructor":{}}'),
  }),
  takes("20,000 levels", {
    body: withAttribute("[".repeat(DEEP) + "]".repeat(DEEP)),
  }),
  takes("a set by either secret", { signature: ROTATION.join(" ") }),
  takes("sets in the other order", {
    signature: ROTATION.toReversed().join(" "),
  }),
  takes("a good set behind a forged one", {
    signature: `${FRESH},v1=${"0".repeat(64)} ${signedAt(NOW_SECONDS - 9)}`,
  }),
  takes("a doubled header", {
    signature: `${signedAt(NOW_SECONDS)}, ${signedAt(NOW_SECONDS)}`,
  }),
  takes("blanks after commas", { signature: `${FRESH}, ${V1}` }),
  takes("sets joined by commas", {
    signature: `${FRESH},v1=${"0".repeat(64)},${signedAt(NOW_SECONDS - 9)}`,
  }),
  takes("a rotation header with blanks after commas", {
    signature: ROTATION.join(" ").replaceAll(",", ", "),
  }),
  takes("an event that bears the name of what is none", {
    body: EVENT.replace("inquiry.approved", UNRECOGNIZED),
    keptAs: UNRECOGNIZED,
  }),
  takes("unknown keys", { signature: `v0=x,${FRESH},${V1},v2=y` }),
  takes("a t of 299 s ago", { signature: signedAt(NOW_SECONDS - 299) }),
  takes("a t of 300 s ago", { signature: signedAt(NOW_SECONDS - 300) }),
  takes("a t 299 s ahead", { signature: signedAt(NOW_SECONDS + 299) }),

  keeps("an empty object", "{}"),
  keeps("an array", `[${EVENT}]`),
  keeps("a string", JSON.stringify(CANARY)),
  keeps("null", "null"),
  keeps(
    "the quickstart's first body",
    '{"event": "test", "data": {"message": "Hello from webhook!"}}',
  ),
  keeps("an event only by __proto__", `{"__proto__":${EVENT}}`),
  keeps("an event without an id", EVENT.replace('"evt_1"', "null")),
  keeps("an id with a line break", EVENT.replace("evt_1", "evt\\n1")),
  keeps("a resource", EVENT.replace('"event"', '"inquiry"')),

  isNoJson("nothing", ""),
  isNoJson("text", CANARY),
  isNoJson("a form", "data=1&id=evt_1"),
  isNoJson("a body that breaks off", EVENT.slice(0, -1)),
  isNoJson("two values", EVENT + EVENT),
  isNoJson("20,000 levels unclosed", "[".repeat(DEEP)),
  isNoJson("a trailing comma", withAttribute("[1,]")),
  isNoJson("bytes that are no UTF-8", Uint8Array.of(0x22, 0xff, 0x22)),
  isNoJson("UTF-16", Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0)),

  refuses("signature-missing", "no header", null),
  refuses("signature-missing", "an empty header", ""),
  refuses(
    "signature-malformed",
    "the quickstart's fake header",
    "t=1234567890,v1=invalid_signature",
  ),
  refuses("signature-malformed", "the secret itself", SECRET),
  refuses(
    "signature-malformed",
    "upper-case hex",
    `${FRESH},${V1.toUpperCase()}`,
  ),
  refuses(
    "signature-malformed",
    "v1 in upper case",
    `${FRESH},v1=${macOf(EVENT).toUpperCase()}`,
  ),
  refuses("signature-malformed", "a v1 of no characters", `${FRESH},v1=`),
  refuses("signature-malformed", "a v1 of 63", `${FRESH},${V1.slice(0, -1)}`),
  refuses("signature-malformed", "a v1 of 65", `${FRESH},${V1}0`),
  refuses(
    "signature-malformed",
    "a v1 of 128",
    `${FRESH},${V1}${macOf(EVENT)}`,
  ),
  refuses("signature-malformed", "no t", V1),
  refuses("signature-malformed", "no v1", FRESH),
  refuses("signature-malformed", "two t", `${FRESH},t=${NOW_SECONDS},${V1}`),
  refuses(
    "signature-malformed",
    "t and v1 in different sets",
    `${FRESH} ${V1}`,
  ),
  refuses(
    "signature-malformed",
    "five times",
    [0, 1, 2, 3, 4].map((ago) => signedAt(NOW_SECONDS - ago)).join(" "),
  ),
  refuses(
    "signature-mismatch",
    "a v1 of the other set's t, joined by commas",
    `t=${NOW_SECONDS - 1},${V1},${FRESH},v1=${
      macOf(EVENT, { timestamp: NOW_SECONDS - 1 })
    }`,
  ),
  refuses(
    "signature-malformed",
    "1,000 sets",
    Array(1000).fill(signedAt(NOW_SECONDS)).join(" "),
  ),
  ...["-1", "1e99", "NaN", "", "Infinity", `${NOW_SECONDS}.5`].map((t) =>
    refuses("signature-malformed", `a t of "${t}"`, signedAt(t))
  ),
  refuses("signature-expired", "a t of 0", signedAt(0)),
  refuses("signature-expired", "a t of 301 s ago", signedAt(NOW_SECONDS - 301)),
  refuses("signature-future", "a t 301 s ahead", signedAt(NOW_SECONDS + 301)),
  refuses(
    "signature-future",
    "a t in milliseconds",
    signedAt(NOW_SECONDS * 1000),
  ),
  refuses(
    "signature-mismatch",
    "another secret",
    signedAt(NOW_SECONDS, "wbhsec_x"),
  ),
  refuses(
    "signature-mismatch",
    "a t that was not signed",
    `t=${NOW_SECONDS - 1},${V1}`,
  ),
  refuses("signature-mismatch", "padded t", `t=0${NOW_SECONDS},${V1}`),
  refuses(
    "signature-mismatch",
    "a v1 of the other set's t",
    `t=${NOW_SECONDS - 1},${V1} ${FRESH},v1=${
      macOf(EVENT, { timestamp: NOW_SECONDS - 1 })
    }`,
  ),
  refuses(
    "signature-mismatch",
    "a body without t.",
    `${FRESH},v1=${macOf(EVENT, { timestamp: "" })}`,
  ),
  refuses(
    "signature-mismatch",
    "a signature over a trailing newline",
    headerOf(`${EVENT}\n`),
  ),
  refuses(
    "signature-mismatch",
    "a signature over a byte-order mark",
    headerOf(`\ufeff${EVENT}`),
  ),
  refuses(
    "signature-mismatch",
    "a signature over JSON written anew",
    headerOf(JSON.stringify(JSON.parse(EVENT), null, 2)),
  ),
  refuses("signature-mismatch", "a signature over nothing", headerOf("")),
  {
    name: "text that was read chunk by chunk",
    body: EVENT,
    signature: headerOf(EVENT.replace("ö", "\ufffd\ufffd")),
    answer: BAD_SIGNATURE,
    logs: "signature-mismatch",
  },
  {
    name: "a byte too many",
    body: largeEvent(BODY_BYTES_MAX + 1),
    answer: TOO_LARGE,
    logs: "body-too-large",
  },
  {
    name: "a byte too many, in pieces",
    body: largeEvent(BODY_BYTES_MAX + 1),
    piecesOf: 1000,
    answer: TOO_LARGE,
    logs: "body-too-large",
  },
  refuses("signature-missing", "too much in pieces, unsigned", null, {
    body: largeEvent(BODY_BYTES_MAX * 2),
  }),
  {
    name: "too large a content-length, unsigned",
    headers: { "content-length": String(BODY_BYTES_MAX + 1) },
    signature: null,
    answer: TOO_LARGE,
    logs: "body-too-large",
  },
  {
    name: "too large a content-length",
    headers: { "content-length": String(BODY_BYTES_MAX + 1) },
    answer: TOO_LARGE,
    logs: "body-too-large",
  },
];
