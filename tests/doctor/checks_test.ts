import { assertEquals, assertFalse, assertMatch } from "@std/assert";
import { checkBacklog } from "../../lib/doctor/backlog.ts";
import { bytesText } from "../../lib/doctor/bytes_text.ts";
import { checkClock } from "../../lib/doctor/clock.ts";
import { examine, ok } from "../../lib/doctor/finding.ts";
import { listSecrets } from "../../lib/doctor/secrets.ts";
import { checkDisk, checkStore } from "../../lib/doctor/store.ts";
import type { StoreHealth } from "../../lib/store/store_health.ts";
import type {
  DestinationTotals,
  EventRow,
} from "../../lib/store/event_reader.ts";
import { delivery } from "../support/deliveries.ts";
import { brief } from "../support/findings.ts";
import { SECRET } from "../support/signed_delivery.ts";

const MIB = 1 << 20;
const GIB = 1 << 30;

Deno.test("listSecrets() tells secrets by their fingerprint", async () => {
  const table: [secrets: string[], ...findings: RegExp[]][] = [
    [[]],
    [[SECRET], /^ok secrets: 1 secret, by fingerprint [0-9a-f]{8}$/],
    [
      [SECRET, "wbhsec_2"],
      /^ok secrets: 2 secrets, .* [0-9a-f]{8}, [0-9a-f]{8}$/,
    ],
  ];
  for (const [secrets, ...expected] of table) {
    const found = await listSecrets(secrets);
    assertEquals(found.length, expected.length, String(secrets));
    for (const [index, { status, name, summary }] of found.entries()) {
      assertMatch(`${status} ${name}: ${summary}`, expected[index]!);
      assertFalse(summary.includes("wbhsec"), summary);
    }
  }
});

Deno.test("checkStore() tells how a store is", () => {
  const well: StoreHealth = {
    bytes: 3 * MIB,
    logBytes: GIB,
    isHeld: false,
    isSound: true,
    warnings: [],
  };
  const table: [changes: Partial<StoreHealth>, ...findings: string[]][] = [
    [{}, "ok store: a.db has 2 events, 3.0 MiB, sound, held by no server"],
    [
      { isHeld: true, isSound: null },
      "ok store: a.db has 2 events, 3.0 MiB, too large to be checked throughout, held by a server",
    ],
    [{ isSound: false }, "failed store: SQLite's quick_check finds it damaged"],
    [
      { warnings: [{ message: "look", hint: "There" }] },
      "warning store: look",
    ],
    [
      { logBytes: 1.5 * GIB, isSound: false },
      "failed store: SQLite's quick_check finds it damaged",
      "warning store: its log has grown to 1.5 GiB",
    ],
  ];
  const facts = { path: "a.db", events: 2, isWritable: true };
  for (const [changes, ...expected] of table) {
    const health = { ...well, ...changes };
    assertEquals(brief(checkStore({ ...facts, health })), expected);
  }
  const unwritable = "failed store: this user cannot write its file or folder";
  const missing = "warning store: a.db is not there yet";
  const none = { ...facts, health: undefined };
  assertEquals(brief(checkStore(none)), [missing]);
  assertEquals(brief(checkStore({ ...none, isWritable: false })), [
    unwritable,
    missing,
  ]);
  assertEquals(
    brief(checkStore({ ...facts, health: well, isWritable: false })),
    [
      unwritable,
    ],
  );
});

Deno.test("checkDisk() warns before there is no room left", () => {
  const table: [freeBytes: number, storeBytes: number, finding: string][] = [
    [GIB, GIB, "ok disk: 1.0 GiB free on the disk of the store"],
    [
      GIB - MIB,
      MIB,
      "warning disk: 1023 MiB free on the disk of the store, the store has 1.0 MiB",
    ],
    [
      5 * GIB,
      6 * GIB,
      "warning disk: 5.0 GiB free on the disk of the store, the store has 6.0 GiB",
    ],
    [
      64 * MIB,
      0,
      "warning disk: 64.0 MiB free on the disk of the store, the store has 0 bytes",
    ],
    [64 * MIB - 1, 0, "failed disk: 64.0 MiB free on the disk of the store"],
    [0, 0, "failed disk: 0 bytes free on the disk of the store"],
  ];
  for (const [freeBytes, storeBytes, expected] of table) {
    assertEquals(brief(checkDisk(freeBytes, storeBytes)), [expected]);
  }
});

Deno.test("checkClock() compares the clock with verified events", () => {
  const nowMs = 1_750_000_100_000;
  const row = (changes: Partial<EventRow>): EventRow => ({
    ...delivery("evt_1", { createdAtMs: nowMs, receivedAtMs: nowMs }),
    seq: 1,
    duplicates: 0,
    duplicatesDiffering: 0,
    status: "none",
    ...changes,
  });
  const future = { receivedAtMs: nowMs + 11_000 };
  const early = { createdAtMs: nowMs - 5_000, receivedAtMs: nowMs - 65_000 };
  const none = "ok clock: nothing to compare it with: no verified event yet";
  const table: [rows: Partial<EventRow>[], finding: string][] = [
    [[], none],
    [[{ ...future, secretFingerprint: null }], none],
    [
      [{}, { createdAtMs: null }],
      "ok clock: fits the latest 2 verified events",
    ],
    [
      [{ receivedAtMs: nowMs + 10_000 }, { receivedAtMs: nowMs - 10_000 }],
      "ok clock: fits the latest 2 verified events",
    ],
    [
      [{}, future],
      "warning clock: an event was received 11 s in the future: the clock was set back",
    ],
    [
      [{}, early],
      "warning clock: an event was received 60 s before it was created: the clock was behind Persona's",
    ],
  ];
  for (const [rows, expected] of table) {
    assertEquals(brief(checkClock(rows.map(row), nowMs)), [expected]);
  }
});

Deno.test("checkBacklog() tells what waits for somebody", () => {
  const totals = (
    destination: string,
    pending: number,
    dead = 0,
  ): DestinationTotals => ({
    destination,
    pending,
    dead,
    oldestDueAtMs: null,
    oldestReceivedAtMs: null,
    oldestDeadReceivedAtMs: null,
  });
  const table: [totals: DestinationTotals[], ...findings: string[]][] = [
    [[], "ok dispatches: 0 pending, no dead letters"],
    [
      [totals("app", 3), totals("log", 1)],
      "ok dispatches: 4 pending, no dead letters",
    ],
    [
      [totals("app", 3, 1), totals("gone", 1, 2)],
      "warning dispatches: 1 dead letter to app",
      "warning dispatches: 2 dead letters to gone",
      "warning dispatches: 1 dispatch for gone, which is not in the settings",
    ],
  ];
  for (const [unfinished, ...expected] of table) {
    assertEquals(brief(checkBacklog(unfinished, ["app", "log"])), expected);
  }
});

Deno.test("examine() tells which permission is missing, and hides no other fault", async () => {
  const missing = new Deno.errors.NotCapable(
    'Requires net access to "a.example:443", run again with the --allow-net flag',
  );
  assertEquals(await examine("x", () => Promise.reject(missing)), [{
    name: "x",
    status: "warning",
    summary: "cannot be checked without --allow-net",
    hint: "Add to deno run the flag --allow-net",
  }]);
  assertEquals(await examine("x", () => [ok("x", "well")]), [ok("x", "well")]);
  const bug = new TypeError();
  const result = examine("x", () => Promise.reject(bug));
  assertEquals(await result.catch((error) => error), bug);
});

Deno.test("bytesText() chooses the unit", () => {
  const table: [bytes: number, text: string][] = [
    [0, "0 bytes"],
    [1_023, "1023 bytes"],
    [1_536, "1.5 KiB"],
    [200 * MIB, "200 MiB"],
    [2.25 * GIB, "2.3 GiB"],
    [2 ** 50, "1024 TiB"],
  ];
  for (const [bytes, text] of table) assertEquals(bytesText(bytes), text);
});
