import { assertEquals, assertMatch } from "@std/assert";
import { erasedOf } from "../../lib/app/erasure_detail.ts";
import { startAudit } from "../../lib/app/start_audit.ts";
import type { LogEntry } from "../../lib/log.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import type { AuditTrail } from "../../lib/store/audit.ts";
import { openAudit, openStore } from "../../lib/store/open_store.ts";
import type { Store } from "../../lib/store/store.ts";
import { configSources } from "../support/config_sources.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

const NOW_MS = Date.UTC(2026, 10, 26, 12);

/** A store and its trail, of which starts are made one after the other. */
class Starts implements AsyncDisposable {
  readonly #dir: TempDir;
  readonly #url: string;
  readonly store: Store;
  #starts = 0;

  private constructor(dir: TempDir, url: string, store: Store) {
    this.#dir = dir;
    this.#url = url;
    this.store = store;
  }

  static async make(): Promise<Starts> {
    const dir = await TempDir.make();
    const url = `sqlite:${dir.path}/inbox.db`;
    const store = await openStore(url, { bodyBytesMax: 1_000_000 });
    return new Starts(dir, url, store);
  }

  get path(): string {
    return `${this.#dir.path}/inbox.db.audit.jsonl`;
  }

  /** The trail as a command has it, of which the server learns later. */
  get trail(): AuditTrail {
    return openAudit(this.#url);
  }

  /** Records an act by a command. */
  async act(): Promise<void> {
    const entry = { act: "send", by: "jo", subject: null } as const;
    await this.trail.append({ ...entry, detail: null }, NOW_MS);
  }

  async start(): Promise<Start> {
    const warnings: string[] = [];
    const timers: (() => void)[] = [];
    const log = (entry: LogEntry) => {
      if (entry.msg === "settings warning") warnings.push(entry.warning);
    };
    const env = {
      PERSONA_WEBHOOK_SECRET: "a-webhook-secret-1",
      INBOX_STORE: this.#url,
    };
    const { audit, endAudit } = await startAudit(
      loadConfig("serve", configSources({ env })),
      {
        logger: { log, flush: () => Promise.resolve() },
        clock: new FakeClock(NOW_MS + 1_000 * this.#starts++),
        store: this.store,
        startedBy: "jo",
        setTimer: (callback) => {
          timers.push(callback);
          return () => {};
        },
      },
    );
    // What was found is remembered before the next timer is set.
    const later = async () => {
      await eventually(60_000, () => timers.length > 0, () => "a timer");
      timers.shift()?.();
    };
    return { audit, warnings, later, endAudit };
  }

  /** Waits until the store remembers the last record of the trail. */
  async remembered(): Promise<void> {
    const last = await this.trail.last();
    let hash: string | undefined;
    await eventually(
      60_000,
      async () => {
        hash = (await this.store.auditMark())?.hash;
        return hash === last?.hash;
      },
      () => `the store remembers ${hash}, not ${last?.hash}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await this.#dir[Symbol.asyncDispose]();
  }
}

interface Start {
  readonly audit: AuditTrail;
  readonly warnings: string[];
  /** Runs the next timer, once it is set. */
  readonly later: () => Promise<void>;
  readonly endAudit: () => Promise<void>;
}

/** Waits for as many warnings, and returns the last one. */
async function warned({ warnings }: Start, count: number): Promise<string> {
  await eventually(
    60_000,
    () => warnings.length >= count,
    () => `${warnings.length} of ${count} warnings`,
  );
  return warnings[count - 1] ?? "";
}

Deno.test("startAudit() remembers the newest record, also after those of commands", async () => {
  await using starts = await Starts.make();
  await starts.act();
  const first = await starts.start();
  await starts.remembered();
  await first.audit.append(
    { act: "reveal", by: "ann", subject: "evt_1", detail: null },
    NOW_MS,
  );
  await starts.remembered();
  await starts.act();
  await first.later();
  await starts.remembered();
  await starts.act();
  await first.later(); // An hour later.
  await starts.remembered();
  await first.endAudit();
  await starts.act();
  const second = await starts.start();
  await second.later();
  await starts.remembered();
  await second.endAudit();
  assertEquals([...first.warnings, ...second.warnings], []);
});

Deno.test("startAudit() tells at once of an erasure since the backup that was restored, if its log lacks it", async () => {
  await using starts = await Starts.make();
  await (await starts.start()).endAudit();
  await starts.remembered();
  const detail = erasedOf(2, "inq_1");
  const entry = { act: "erase", by: "jo", subject: "inq_1" } as const;
  await starts.trail.append({ ...entry, detail }, NOW_MS);
  const start = await starts.start();
  assertMatch(await warned(start, 1), /an erasure of .* may be older/);
  await starts.remembered();
  await start.endAudit();
});

Deno.test("startAudit() tells once that the trail is gone, and the first record of the next one has it for good", async () => {
  for (const lose of [Deno.remove, Deno.truncate]) {
    await using starts = await Starts.make();
    await (await starts.start()).endAudit();
    const last = await starts.trail.last();
    await lose(starts.path);
    const next = await starts.start();
    assertMatch(
      await warned(next, 1),
      /^the audit trail before this one is gone/,
    );
    const record = await starts.trail.last();
    assertEquals(record?.number, 1);
    const start = `${next.warnings[0]}; version `;
    assertEquals(record?.detail?.slice(0, start.length), start);
    assertMatch(start, new RegExp(`record 1 with the hash ${last?.hash}`));
    await starts.act();
    await next.later();
    await starts.remembered();
    const third = await starts.start();
    await third.later();
    await starts.remembered();
    assertEquals([next.warnings.length, third.warnings], [1, []]);
    await next.endAudit();
    await third.endAudit();
  }
});

Deno.test("startAudit() tells at each start that the end of the trail is gone, or that it was changed", async () => {
  const damages: [(lines: string[]) => string[], RegExp][] = [
    [(lines) => lines.slice(0, -1), /at record 3: it is not the one/],
    [(lines) => lines.slice(0, 1), /the end of the trail is gone: .*record 3/],
    [(lines) => lines.with(1, lines[1]!.replace("jo", "me")), /it was changed/],
  ];
  for (const [damage, fault] of damages) {
    await using starts = await Starts.make();
    for (let i = 0; i < 3; i++) await (await starts.start()).endAudit();
    const lines = (await Deno.readTextFile(starts.path)).trimEnd().split("\n");
    await Deno.writeTextFile(starts.path, `${damage(lines).join("\n")}\n`);
    const mark = await starts.store.auditMark();
    assertEquals(mark?.number, 3);
    const next = await starts.start();
    assertEquals(next.warnings, [], "the start does not wait for it");
    await next.later();
    assertMatch(await warned(next, 1), fault);
    await next.endAudit();
  }
});

Deno.test("startAudit() tells within an hour that the trail was removed under the server", async () => {
  await using starts = await Starts.make();
  const start = await starts.start();
  await starts.act();
  await start.later();
  await starts.remembered();
  await Deno.remove(starts.path);
  await start.later();
  assertMatch(await warned(start, 1), /the trail was removed or emptied/);
  await start.endAudit();
});
