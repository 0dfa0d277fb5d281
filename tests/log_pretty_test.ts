import { assert, assertEquals } from "@std/assert";
import type { LogEntry, RejectReason } from "../lib/log.ts";
import { prettyFormat } from "../lib/log_pretty.ts";
import { ENTRIES, RECEIVED } from "./support/log_entries.ts";

const TIME_MS = new Date(2025, 5, 15, 15, 6, 40).getTime();

function pretty(entry: LogEntry, { color = false } = {}): string {
  return prettyFormat({ color })(entry, { level: "info", timeMs: TIME_MS });
}

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
      "✗ rejected  401 Invalid signature: no persona-signature header  Persona signs every delivery; does a proxy drop the header?",
    ],
    [
      rejected("signature-malformed"),
      "✗ rejected  401 Invalid signature: malformed header  it must be t=<unix seconds>,v1=<64 hex digits>",
    ],
    [
      rejected("signature-expired", 301),
      "✗ rejected  401 Invalid signature: timestamp too old  301 s behind this clock; replayed, or this clock is ahead; see INBOX_TOLERANCE_SECONDS",
    ],
    [
      rejected("signature-future", -400),
      "✗ rejected  401 Invalid signature: timestamp in the future  400 s ahead of this clock; is this clock behind? see INBOX_TOLERANCE_SECONDS",
    ],
    [
      rejected("signature-mismatch"),
      "✗ rejected  401 Invalid signature: made with another secret or over other bytes  compare PERSONA_WEBHOOK_SECRET with the webhook's page in Persona",
    ],
    [
      rejected("body-too-large"),
      "✗ rejected  401 body too large  see INBOX_BODY_BYTES_MAX",
    ],
  ];
  for (const [line, expected] of table) {
    assertEquals(line, `15:06:40 ${expected}`);
  }
});

Deno.test("prettyFormat() makes one line of every entry", () => {
  for (const color of [false, true]) {
    for (const [, entry] of ENTRIES) {
      const line = pretty(entry, { color });
      assert(!line.includes("\n") && !line.includes("undefined"), line);
      assert(!line.includes("[object"), line);
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
