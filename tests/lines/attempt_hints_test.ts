import { PROGRAM_NAME } from "../../lib/program_name.ts";
import { assert, assertEquals } from "@std/assert";
import { attemptHints } from "../../lib/lines/attempt_hints.ts";
import type { AttemptFault } from "../../lib/destinations/destination.ts";

const REASONS: Readonly<Record<AttemptFault, RegExp>> = {
  "unreachable": /running.*url/,
  "unresolved": /host name/,
  "untrusted": /DENO_CERT.*DENO_TLS_CA_STORE/,
  "broken-off": /crash/,
  "timeout": /timeoutMs/,
  "status": /2xx/,
  "redirect": /url/,
  "not-started": /executed/,
  "exit-code": /exit with 0/,
  "signal": /killed/,
  "threw": /threw/,
  "module-failed": /load/,
  "unreadable": /not sent.*backup/,
  "unfinished": /ended before it did/,
  "aborted": /again after the next start/,
};

function hints(changes: Partial<Parameters<typeof attemptHints>[0]>) {
  const failed = { eventId: "evt_1", reason: "timeout", code: null };
  return attemptHints({ ...failed, isDead: false, ...changes });
}

Deno.test("attemptHints() says what to do, by reason, and where more is to be seen", () => {
  for (const [reason, expected] of Object.entries(REASONS)) {
    const [hint = "", ...commands] = hints({ reason });
    assert(expected.test(hint), hint);
    const isTold = [
      "unreachable",
      "unresolved",
      "untrusted",
      "broken-off",
      "not-started",
      "unreadable",
      "aborted",
    ]
      .includes(reason);
    const reveal = isTold ? "" : " --reveal";
    assertEquals(commands, [`${PROGRAM_NAME} events evt_1${reveal}`]);
  }
});

Deno.test("attemptHints() says what a status asks for", () => {
  const table: [code: number, expected: RegExp][] = [
    [401, /secret/],
    [403, /secret/],
    [404, /path/],
    [405, /POST/],
    [413, /raise its limit/],
    [422, /2xx/],
    [429, /concurrency/],
    [500, /see its log/],
    [503, /is down/],
  ];
  for (const [code, expected] of table) {
    const [hint = ""] = hints({ reason: "status", code });
    assert(expected.test(hint), `${code}: ${hint}`);
  }
});

Deno.test("attemptHints() says how to replay a dead letter", () => {
  assertEquals(hints({ isDead: true }).slice(1), [
    `${PROGRAM_NAME} events evt_1 --reveal`,
    `${PROGRAM_NAME} replay evt_1`,
  ]);
});

Deno.test("attemptHints() puts no id into a command that a shell could obey", () => {
  for (
    const eventId of ["evt;reboot", "$(x)", "<6 characters>", "-x", "", "a b"]
  ) {
    assertEquals(hints({ eventId, isDead: true }).length, 1, eventId);
  }
});

Deno.test("attemptHints() knows nothing to do about a reason of a newer version", () => {
  assertEquals(hints({ reason: "new" }), [
    `${PROGRAM_NAME} events evt_1 --reveal`,
  ]);
});
