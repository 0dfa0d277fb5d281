/**
 * Whatever part of what was not synced reaches the disk: nothing promised is lost. And
 * the checker finds bugs of the kinds that it is there for.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { prepareVersion1, sweep, type SweepOptions } from "./sweep.ts";

const ignore = await whyNotTraced() !== undefined;

async function checkAll(options: SweepOptions): Promise<void> {
  const { states, databases, wraps, fault } = await sweep(options);
  assertEquals(fault, undefined);
  assert(states >= options.statesMax, `${states} states`);
  assert(databases > 10, `${databases} databases`);
  assert(wraps > 3, `${wraps} wraps`);
}

Deno.test({
  name: "a crash at any step, over wraps of the log, loses nothing promised",
  ignore,
  fn: () => checkAll({ events: 100, statesMax: 2_500 }),
});

/** The syncs of each thread that fail, after those of the start. */
for (const when of ["4..5", "12..15"]) {
  Deno.test({
    name: `a crash after failed syncs, ${when}, loses nothing promised`,
    ignore,
    fn: async () => {
      const failing = { calls: "fdatasync", when };
      const options = { events: 100, statesMax: 700, failing };
      // They may have had nothing to sync.
      for (let tries = 1;; tries++) {
        const { failures, fault } = await sweep(options);
        assertEquals(fault, undefined);
        if (failures > 0) return;
        assert(tries < 15, "no sync of the store failed");
      }
    },
  });
}

Deno.test({
  name: "a crash at any step of a migration loses nothing promised",
  ignore,
  fn: () =>
    checkAll({ events: 60, statesMax: 1_500, prepare: prepareVersion1 }),
});

Deno.test({
  name:
    "a crash at any step of a server that encrypts leaves no event without its key",
  ignore,
  fn: () =>
    checkAll({
      events: 60,
      statesMax: 1_000,
      encryptionKey: createEncryptionKey("k1"),
    }),
});

interface Bug
  extends Pick<SweepOptions, "bug" | "failing" | "prepare" | "encryptionKey"> {
  readonly name: string;
  /** The fault that gives it away. */
  readonly fault: RegExp;
}

const AWAITED_SYNC = /await ([\w.#]+\.syncData\(\))/;

const BUGS: readonly Bug[] = [
  {
    name: "an answer before the sync",
    bug: {
      pattern: AWAITED_SYNC,
      replacement: "void $1.catch(() => {})",
    },
    fault: /was answered with 200 and is lost/,
  },
  {
    name: "the header of a wrapped log is not synced",
    // A log that is there already: the name of a new one would not be synced either.
    prepare: (folder) => {
      prepareVersion1(folder);
      Deno.writeFileSync(`${folder}/inbox.db-wal`, new Uint8Array());
    },
    bug: {
      pattern: /synchronous = NORMAL/,
      replacement: "synchronous = OFF",
    },
    fault: /lost|integrity_check|is another|cannot/,
  },
  {
    name: "a failed sync is swallowed",
    failing: { calls: "fdatasync", when: "1+" },
    bug: {
      pattern: AWAITED_SYNC,
      replacement: "await $1.catch(() => {})",
    },
    fault: /lost|integrity_check/,
  },
  {
    name: "a key that is not durable",
    encryptionKey: createEncryptionKey("k1"),
    bug: {
      pattern: /WAL; PRAGMA synchronous = FULL/,
      replacement: "WAL; PRAGMA synchronous = OFF",
    },
    fault: /without its key|cannot start|cannot recover|integrity_check/,
  },
  {
    name: "an attempt counts before it is durable",
    bug: {
      pattern: /while \(!await (this\.#deps\.[.\w]*record\(record\))\) \{/,
      replacement: "void $1; while (false) {",
    },
    fault: /the attempt of \w+ is lost/,
  },
];

for (const { name, fault, ...options } of BUGS) {
  Deno.test({
    name: `the checker finds a planted bug: ${name}`,
    ignore,
    fn: async () => {
      const found = await sweep({ events: 100, statesMax: 10_000, ...options });
      assertMatch(found.fault ?? `nothing in ${found.states} states`, fault);
    },
  });
}

async function whyNotTraced(): Promise<string | undefined> {
  try {
    const { success } = await new Deno.Command("strace", {
      args: ["-o", "/dev/null", "true"],
      stderr: "null",
    }).output();
    return success ? undefined : "needs the right to trace";
  } catch {
    return "needs strace";
  }
}
