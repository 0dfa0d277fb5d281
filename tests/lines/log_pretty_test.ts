import { PROGRAM_NAME } from "../../lib/program_name.ts";
import { assert, assertEquals } from "@std/assert";
import { type LogEntry, toLoggable } from "../../lib/log.ts";
import type { RejectReason } from "../../lib/reject_reasons.ts";
import { prettyFormat } from "../../lib/lines/log_pretty.ts";
import { ENTRIES, RECEIVED } from "../support/log_entries.ts";

const TIME_MS = new Date(2025, 5, 15, 15, 6, 40).getTime();

function pretty(
  entry: LogEntry,
  { color = false, columns = null }: {
    color?: boolean;
    columns?: number | null;
  } = {},
): string {
  const screen = { color, columns: () => columns };
  return prettyFormat(screen)(entry, { level: "info", timeMs: TIME_MS });
}

const ATTEMPT = {
  eventId: toLoggable("evt_4XkN2cTbZ1mPqRsW"),
  eventName: toLoggable("inquiry.approved"),
  destination: "app",
  attempt: 2,
  code: 503,
  durationMs: 12,
} as const;

const ATTEMPTS: readonly LogEntry[] = [
  { msg: "delivered", ...ATTEMPT, stale: true },
  {
    msg: "attempt failed",
    ...ATTEMPT,
    reason: "status",
    retryInSeconds: 600,
  },
  { msg: "ignored", ...ATTEMPT, code: null },
  { msg: "dead letter", ...ATTEMPT, code: 3, reason: "exit-code" },
];

function rejected(reason: RejectReason, skewSeconds?: number): string {
  return pretty({
    msg: "rejected",
    requestId: "r",
    status: 401,
    reason,
    skewSeconds,
  });
}

Deno.test("prettyFormat() shows what a delivery was", () => {
  assertEquals(
    pretty(RECEIVED),
    "15:06:40 ✓ received  inquiry.approved  inquiry inq_1  signature verified  attempt 1 of 8  evt_1",
  );
});

Deno.test("prettyFormat() shows only what is known of a delivery", () => {
  const table: [changes: Partial<typeof RECEIVED>, expected: string][] = [
    [
      { attempt: 3 },
      "✓ received  inquiry.approved  inquiry inq_1  signature verified  attempt 3 of 8  evt_1",
    ],
    [
      { attempt: 2, attemptsMax: null },
      "✓ received  inquiry.approved  inquiry inq_1  signature verified  attempt 2 of ?  evt_1",
    ],
    [
      { attempt: null, attemptsMax: null, duplicate: true },
      "✓ received  inquiry.approved  inquiry inq_1  signature verified  duplicate  evt_1",
    ],
    [
      { objectType: null, objectId: null, attempt: null },
      "✓ received  inquiry.approved  signature verified  evt_1",
    ],
    [
      { signature: "unsigned" },
      "! received  inquiry.approved  inquiry inq_1  unsigned  attempt 1 of 8  evt_1",
    ],
  ];
  for (const [changes, expected] of table) {
    const line = pretty({ ...RECEIVED, ...changes });
    assertEquals(line, `15:06:40 ${expected}`);
  }
});

Deno.test("prettyFormat() says why a delivery was refused, and what to do", () => {
  const table: [line: string, expected: string][] = [
    [
      rejected("signature-missing"),
      "✗ rejected  401 Invalid signature: no persona-signature header\n             Persona signs every delivery; does a proxy drop the header?",
    ],
    [
      rejected("signature-malformed"),
      "✗ rejected  401 Invalid signature: malformed header\n             it must be t=<unix seconds>,v1=<64 hex digits>",
    ],
    [
      rejected("signature-expired", 301),
      "✗ rejected  401 Invalid signature: timestamp too old\n             5 min behind this clock; replayed, or this clock is ahead; see INBOX_TOLERANCE_SECONDS",
    ],
    [
      rejected("signature-expired", 1_795_636_421),
      "✗ rejected  401 Invalid signature: timestamp too old\n             20782 d behind this clock; replayed, or this clock is ahead; see INBOX_TOLERANCE_SECONDS",
    ],
    [
      rejected("signature-future", -400),
      "✗ rejected  401 Invalid signature: timestamp in the future\n             6 min ahead of this clock; is this clock behind? see INBOX_TOLERANCE_SECONDS",
    ],
    [
      rejected("signature-mismatch"),
      "✗ rejected  401 Invalid signature: signed with a different secret, or the body was changed on the way\n             compare PERSONA_WEBHOOK_SECRET with the webhook's page in Persona",
    ],
    [
      rejected("body-too-large"),
      "✗ rejected  401 body too large\n             see INBOX_BODY_BYTES_MAX",
    ],
  ];
  for (const [line, expected] of table) {
    assertEquals(line, `15:06:40 ${expected}`);
  }
});

Deno.test("prettyFormat() indents an attempt, and says what to do when it failed", () => {
  assertEquals(ATTEMPTS.map((entry) => pretty(entry)), [
    "15:06:40   → inquiry.approved  to app  delivered 503  12 ms  attempt 2  stale  evt_4XkN2cTbZ1mPqRsW",
    "15:06:40   ✗ inquiry.approved  to app  failed: status 503  12 ms  attempt 2  again in 10 min  evt_4XkN2cTbZ1mPqRsW\n" +
    `               it, or the server behind its proxy, is down  ${PROGRAM_NAME} events evt_4XkN2cTbZ1mPqRsW --reveal`,
    "15:06:40   · inquiry.approved  to app  ignored: no event handler is for it  12 ms  attempt 2  evt_4XkN2cTbZ1mPqRsW",
    "15:06:40   ✗ inquiry.approved  to app  dead letter: exit-code 3  12 ms  attempt 2  evt_4XkN2cTbZ1mPqRsW\n" +
    `               the command must exit with 0: see its output  ${PROGRAM_NAME} events evt_4XkN2cTbZ1mPqRsW --reveal  ${PROGRAM_NAME} replay evt_4XkN2cTbZ1mPqRsW`,
  ]);
});

Deno.test("prettyFormat() fits every entry to the terminal", () => {
  const entries = [...ENTRIES.map(([, entry]) => entry), ...ATTEMPTS];
  for (const columns of [48, 60, 80, 100, 120, 200]) {
    for (const entry of entries) {
      const text = pretty(entry, { columns });
      for (const line of text.split("\n")) {
        assert(line.length <= columns, `${columns}: ${line}`);
      }
      if ("eventId" in entry) assert(text.includes(entry.eventId.slice(0, 8)));
    }
  }
});

Deno.test("prettyFormat() makes one line of every entry, and one of what to do", () => {
  for (const color of [false, true]) {
    for (const [, entry] of ENTRIES) {
      const text = pretty(entry, { color });
      const [line = "", ...hints] = text.split("\n");
      assert(/\d\d:\d\d:\d\d/.test(line), line);
      assert(hints.length <= 1 && hints.every((hint) => /^ {13}/.test(hint)));
      assert(!/undefined|\[object/.test(text), text);
    }
  }
});

Deno.test("prettyFormat() uses colours only if asked", () => {
  for (const [, entry] of ENTRIES) {
    const plain = pretty(entry);
    const painted = pretty(entry, { color: true });
    // deno-lint-ignore no-control-regex
    const codes = /\x1b\[\d+m/g;
    assertEquals(plain.match(codes), null);
    assert((painted.match(codes)?.length ?? 0) >= 4, painted);
    assertEquals(painted.replace(codes, ""), plain);
  }
});
