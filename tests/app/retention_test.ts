import { assert, assertEquals } from "@std/assert";
import { Retention } from "../../lib/app/retention.ts";
import { parseSpan } from "../../lib/calendar_span.ts";
import type { LogEntry } from "../../lib/log.ts";
import {
  policyTexts,
  type RetentionPolicy,
  type RetentionRule,
} from "../../lib/persona/retention_policy.ts";
import { MemoryAudit } from "../../lib/store/memory_audit.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import type { Store } from "../../lib/store/store.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { FakeTimers } from "../support/fake_timers.ts";
import { OpenStore } from "../support/open_store.ts";
import { turns } from "../support/turns.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 10, 26);

/** More than a store in memory needs for all that it can do. */
const TURNS = 40;

const POLICY: RetentionPolicy = {
  retention: [],
  retentionDays: 90,
  retentionDeadDays: null,
};

/** What the job needs of a store. */
type Writing = Pick<
  Store,
  "leaseRetention" | "expire" | "saveRetention" | "reclaim"
>;

/** A store in memory, and the job that a test gives time to. */
class Rig implements AsyncDisposable {
  readonly timers = new FakeTimers(NOW_MS, () => turns(TURNS));
  readonly audit = new MemoryAudit();
  readonly open: OpenStore;
  policy: RetentionPolicy = POLICY;
  /** Stands between the job and the store. */
  writing: Writing;
  #log: LogEntry[] = [];
  #jobs: Retention[] = [];

  private constructor(store: Store) {
    this.open = new OpenStore(store);
    this.writing = store;
  }

  static async make(): Promise<Rig> {
    return new Rig(await openSqliteStore(":memory:", { bodyBytesMax: 1024 }));
  }

  start(): Retention {
    const store: Writing = {
      leaseRetention: () => this.writing.leaseRetention(),
      expire: (expiry) => this.writing.expire(expiry),
      saveRetention: (progress) => this.writing.saveRetention(progress),
      reclaim: () => this.writing.reclaim(),
    };
    const job = new Retention({
      store,
      reader: this.open.reader,
      policy: () => this.policy,
      audit: this.audit,
      logger: {
        log: (entry) => void this.#log.push(entry),
        flush: () => Promise.resolve(),
      },
      clock: this.timers.clock,
      setTimer: this.timers.setTimer,
    });
    this.#jobs.push(job);
    return job;
  }

  /** Stores an event of so many days ago, done unless said otherwise. */
  async add(
    id: string,
    daysAgo: number,
    { name = "inquiry.approved", objectId = `inq_${id}`, status = "done" }: {
      name?: string;
      objectId?: string | null;
      status?: "done" | "dead" | "pending";
    } = {},
  ): Promise<number> {
    const receivedAtMs = this.timers.clock.nowMs() - daysAgo * DAY_MS;
    const one = delivery(id, { name, objectId, receivedAtMs });
    const seq = await this.open.accept(one, ["a"]);
    if (status !== "pending") await this.end(seq, status);
    return seq;
  }

  async end(seq: number, status: "done" | "dead"): Promise<void> {
    await this.open.record(attempt({ seq, destination: "a" }, { status }));
  }

  /** The ids of what is erased, in order of arrival. */
  async erased(): Promise<string[]> {
    const rows = await this.open.reader.list({
      status: "erased",
      limit: 9_999,
    });
    return rows.map(({ id }) => id).reverse();
  }

  /** Takes what was logged, and recorded, since the last call. */
  async told(): Promise<string[]> {
    const entries = this.#log.filter(({ msg }) => msg !== "retention passed");
    const log = entries.map((entry) =>
      entry.msg === "retention begins"
        ? `${entry.events} from ${entry.at} by ${entry.rule}`
        : entry.msg === "expired"
        ? `${entry.events} expired`
        : entry.msg
    );
    this.#log = [];
    const records = await Array.fromAsync(this.audit.records());
    const acts = records.slice(this.#recorded).map(({ by, detail }) =>
      `${by}: ${detail}`
    );
    this.#recorded = records.length;
    return [...log, ...acts];
  }
  #recorded = 0;

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = Promise.all(this.#jobs.map((job) => job.stop()));
    await this.timers.advance(HOUR_MS);
    await stopped;
    await this.open.close();
  }
}

function rule(match: string, max: string, min?: string): RetentionRule {
  const span = (text?: string) => text ? parseSpan(text) ?? null : null;
  return { match, min: span(min), max: span(max), basis: "AML" };
}

Deno.test("what is old at the first start is erased an hour after it was told", async () => {
  await using rig = await Rig.make();
  await rig.add("evt_1", 91);
  await rig.add("evt_2", 91, { objectId: null });
  await rig.add("evt_3", 89);
  rig.start();
  await rig.timers.advance(HOUR_MS);
  assertEquals(await rig.erased(), []);
  assertEquals(await rig.told(), [
    "2 from 2026-11-26T01:00:03.000Z by INBOX_RETENTION_DAYS 90",
  ]);
  await rig.timers.advance(HOUR_MS);
  assertEquals(await rig.erased(), ["evt_1", "evt_2"]);
  assertEquals(await rig.told(), [
    "2 expired",
    "retention: erasure 1: 2 events by INBOX_RETENTION_DAYS 90",
  ]);
  await rig.timers.advance(DAY_MS);
  assertEquals(await rig.erased(), ["evt_1", "evt_2", "evt_3"]);
});

Deno.test("a restart does not put off what was told, nor does a clock that was ahead", async () => {
  await using rig = await Rig.make();
  await rig.add("evt_1", 91);
  const first = rig.start();
  await rig.timers.advance(HOUR_MS / 2);
  await first.stop();
  rig.start();
  // The pauses of an erasure are as long as the machine is slow.
  await rig.timers.advance(HOUR_MS / 2 + 600_000);
  assertEquals(await rig.erased(), ["evt_1"]);
  assertEquals((await rig.told()).length, 3);
  rig.policy = { ...POLICY, retentionDays: 30 };
  await rig.add("evt_2", 31);
  await rig.timers.advance(HOUR_MS);
  rig.timers.clock.advance(-400 * DAY_MS);
  await rig.add("evt_3", 31);
  await rig.timers.advance(2 * HOUR_MS);
  // The time of evt_2 is not over by that clock.
  assertEquals(await rig.erased(), ["evt_1", "evt_3"]);
});

Deno.test("a clock that jumped ahead erases an hour later, as after new rules", async () => {
  await using rig = await Rig.make();
  await rig.add("evt_1", 1);
  const job = rig.start();
  await rig.timers.advance(HOUR_MS);
  await job.stop();
  rig.timers.clock.advance(1_100 * DAY_MS);
  rig.start();
  await rig.timers.advance(HOUR_MS / 2);
  assertEquals(await rig.erased(), []);
  assertEquals((await rig.told()).length, 1);
  await rig.timers.advance(HOUR_MS);
  assertEquals(await rig.erased(), ["evt_1"]);
});

Deno.test("rules that erase more are told, and can be taken back", async () => {
  await using rig = await Rig.make();
  await rig.add("evt_1", 50);
  const job = rig.start();
  await rig.timers.advance(HOUR_MS);
  assertEquals(await rig.told(), []);
  rig.policy = { ...POLICY, retentionDays: 30 };
  job.wake();
  await rig.timers.advance(HOUR_MS / 2);
  assertEquals((await rig.told()).length, 1);
  rig.policy = POLICY;
  job.wake();
  await rig.timers.advance(3 * HOUR_MS);
  assertEquals([await rig.erased(), await rig.told()], [[], []]);
  rig.policy = { ...POLICY, retentionDays: 40 };
  await rig.timers.advance(3 * HOUR_MS);
  assertEquals(await rig.erased(), ["evt_1"]);
});

Deno.test("each event has the first rule that matches, and off keeps the rest", async () => {
  await using rig = await Rig.make();
  rig.policy = {
    retention: [rule("account.*", "2y", "1y"), rule("*.created", "10d")],
    retentionDays: null,
    retentionDeadDays: null,
  };
  await rig.add("evt_1", 9_999);
  await rig.add("evt_2", 731, { name: "account.created" });
  await rig.add("evt_3", 729, { name: "account.created" });
  await rig.add("evt_4", 11, { name: "inquiry.created" });
  await rig.add("evt_5", 9, { name: "inquiry.created" });
  rig.start();
  await rig.timers.advance(2 * HOUR_MS);
  assertEquals(await rig.erased(), ["evt_2", "evt_4"]);
  assertEquals(
    (await rig.told()).at(-1),
    [
      "retention: erasure 1: 1 event by account.* kept for 1y, erased after 2y (AML)",
      "1 event by *.created erased after 10d (AML)",
    ].join("; "),
  );
  await rig.timers.advance(2 * DAY_MS);
  assertEquals(await rig.erased(), ["evt_2", "evt_3", "evt_4", "evt_5"]);
});

Deno.test("what is pending or dead is kept until it is done, or for days of its own", async () => {
  await using rig = await Rig.make();
  const pending = await rig.add("evt_1", 100, { status: "pending" });
  await rig.add("evt_2", 100, { status: "dead" });
  await rig.add("evt_3", 100);
  rig.start();
  await rig.timers.advance(3 * HOUR_MS);
  assertEquals(await rig.erased(), ["evt_3"]);
  await rig.end(pending, "done");
  await rig.timers.advance(HOUR_MS);
  assertEquals(await rig.erased(), ["evt_1", "evt_3"]);
  await rig.told();
  rig.policy = { ...POLICY, retentionDeadDays: 100 };
  await rig.timers.advance(3 * HOUR_MS);
  assertEquals(await rig.erased(), ["evt_1", "evt_2", "evt_3"]);
  assertEquals(await rig.open.statusesOf("evt_2"), "erased: a erased");
  assertEquals(
    (await rig.told()).at(-1),
    "retention: erasure 3: 1 event by INBOX_RETENTION_DEAD_DAYS 100",
  );
});

Deno.test("what is on hold is kept until it is released", async () => {
  await using rig = await Rig.make();
  await rig.add("evt_1", 100, { objectId: "inq_1" });
  await rig.add("evt_2", 100);
  const hold = {
    kind: "object",
    token: "inq_1",
    ofToken: null,
    linkToken: null,
    linkKey: null,
    reason: "a court",
    byWhom: "alice",
    atMs: NOW_MS,
    untilMs: null,
  } as const;
  assert(await rig.open.store.setHolds([hold]));
  rig.start();
  await rig.timers.advance(5 * HOUR_MS);
  assertEquals(await rig.erased(), ["evt_2"]);
  assertEquals((await rig.told()).slice(1), [
    "1 expired",
    "retention: 1 event on hold kept",
    "retention: erasure 1: 1 event by INBOX_RETENTION_DAYS 90",
  ]);
  assert(await rig.open.store.removeHold("inq_1"));
  await rig.timers.advance(HOUR_MS);
  assertEquals(await rig.erased(), ["evt_1", "evt_2"]);
});

Deno.test("a hold that comes between the search and the erasure keeps its object", async () => {
  await using rig = await Rig.make();
  await rig.add("evt_1", 100, { objectId: "inq_1" });
  const { store } = rig.open;
  rig.writing = {
    leaseRetention: () => store.leaseRetention(),
    saveRetention: (progress) => store.saveRetention(progress),
    reclaim: () => store.reclaim(),
    async expire(expiry) {
      const rest = {
        ofToken: null,
        linkToken: null,
        linkKey: null,
        reason: "",
        byWhom: "",
      };
      const when = { atMs: NOW_MS, untilMs: null };
      const hold = {
        kind: "object",
        token: "inq_1",
        ...rest,
        ...when,
      } as const;
      await store.setHolds([hold]);
      return await store.expire(expiry);
    },
  };
  rig.start();
  await rig.timers.advance(3 * HOUR_MS);
  assertEquals(await rig.erased(), []);
  await store.removeHold("inq_1");
  rig.writing = store;
  await rig.timers.advance(HOUR_MS);
  assertEquals(await rig.erased(), ["evt_1"]);
});

Deno.test("a store that fails at any point, and a stop, lose no link and no event", async () => {
  for (let failing = 1; failing < 8; failing++) {
    await using rig = await Rig.make();
    const ids = Array.from({ length: 40 }, (_, i) => `evt_${10 + i}`);
    for (const id of ids) await rig.add(id, 100);
    const links = ids.map((id) => ["t", `inq_${id}`] as const);
    assert(await rig.open.store.link({ links, throughSeq: 40 }));
    const { store } = rig.open;
    let calls = 0;
    const jobs: Retention[] = [];
    const unless = async <R>(call: () => Promise<R>, failed: R): Promise<R> => {
      if (++calls === failing) return failed;
      // What was begun may be done although nobody hears of it.
      if (calls === failing + 1) void jobs[0]?.stop();
      return await call();
    };
    rig.writing = {
      leaseRetention: () => store.leaseRetention(),
      expire: (expiry) => unless(() => store.expire(expiry), null),
      saveRetention: (progress) =>
        unless(() => store.saveRetention(progress), false),
      reclaim: () => unless(() => store.reclaim(), false),
    };
    jobs.push(rig.start());
    await rig.timers.advance(3 * HOUR_MS);
    rig.start();
    await rig.timers.advance(3 * HOUR_MS);
    assertEquals(await rig.erased(), ids, `${failing}`);
    const linked = await rig.open.reader.linkedObjects({
      tokens: ["t"],
      limit: 99,
    });
    assertEquals(linked, [], `${failing}`);
    const state = JSON.parse(await rig.open.reader.retention() ?? "");
    assertEquals(state.isReclaimable, false);
  }
});

Deno.test("what an older version left half-way is erased and remembered, and not recorded again", async () => {
  await using rig = await Rig.make();
  await rig.add("evt_1", 100);
  await rig.add("evt_2", 100);
  const { reader, store } = rig.open;
  const chunk = await reader.kept({ afterSeq: 0, limit: 9 });
  const rest = { record: () => Promise.resolve(), pause: () => turns(TURNS) };
  await store.expire({ events: chunk.slice(0, 1), erasedAtMs: 1, ...rest });
  const state = {
    rules: policyTexts(POLICY),
    fromMs: 0,
    floors: [],
    chunk,
    isReclaimable: true,
  };
  assert(await store.saveRetention({ state: JSON.stringify(state) }));
  rig.start();
  await rig.timers.advance(HOUR_MS);
  assertEquals(await rig.erased(), ["evt_1", "evt_2"]);
  assertEquals(await rig.told(), []);
  assertEquals((await reader.erasures()).position, 2);
  assert(!("chunk" in JSON.parse(await reader.retention() ?? "")));
});

Deno.test("one of several processes erases", async () => {
  await using rig = await Rig.make();
  await rig.add("evt_1", 100);
  const { store } = rig.open;
  rig.writing = {
    leaseRetention: () => Promise.resolve(false),
    expire: () => Promise.reject(new Error("it is another's")),
    saveRetention: () => Promise.reject(new Error("it is another's")),
    reclaim: () => Promise.reject(new Error("it is another's")),
  };
  rig.start();
  await rig.timers.advance(3 * HOUR_MS);
  assertEquals([await rig.erased(), await rig.told()], [[], []]);
  rig.writing = store;
  await rig.timers.advance(2 * HOUR_MS);
  assertEquals(await rig.erased(), ["evt_1"]);
});
