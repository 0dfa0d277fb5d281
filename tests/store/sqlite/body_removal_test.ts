import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { backUpSqlite } from "../../../lib/store/sqlite/backup.ts";
import { readSqliteHealth } from "../../../lib/store/sqlite/health.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import type { Delivery, Store } from "../../../lib/store/store.ts";
import { deliveries, delivery, randomBytes } from "../../support/deliveries.ts";
import { expireEvents } from "../../support/expire_events.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import { execSql, pragmaOf, valueOf } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";

const OPTIONS = { bodyBytesMax: 1 << 20 };

async function accept(store: Store, all: readonly Delivery[]): Promise<void> {
  const results = await Promise.all(all.map((one) => store.accept(one, [])));
  for (const { ok } of results) assert(ok);
}

/** Pages that are used. */
function pagesOf(path: string): number {
  return Number(pragmaOf(path, "page_count")) -
    Number(pragmaOf(path, "freelist_count"));
}

Deno.test("with a steady flow of events the pages of erased ones are used again", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const random = new SeededRandom(1);
  const store = await openSqliteStore(path, OPTIONS);
  const sizes: number[] = [];
  for (let round = 0; round < 6; round++) {
    const all = deliveries(200, round * 200).map((one) => ({
      ...one,
      body: randomBytes(6_500, random),
    }));
    await accept(store, all);
    await expireEvents(store);
    assert(await store.reclaim());
    sizes.push(Number(pragmaOf(path, "page_count")));
  }
  await store.close();
  // A round takes 100 pages.
  assertLess(sizes[5]! - sizes[1]!, 25);
  assertEquals(pragmaOf(path, "integrity_check"), "ok");
});

const CANARY = "Canary-Neighbor-5d20";

/** Runs of events of all sizes, and between them some that stay. */
function* neighbors(random: SeededRandom): Generator<Delivery> {
  for (let i = 0; i < 60; i++) {
    const bytes = random.pick([600, 9_000, 12_000, 16_340]);
    const erased = random.pick([0, 1, 9, 40, 60]);
    const kept = random.pick([1, 2, 9]);
    for (let j = 0; j < erased; j++) {
      yield delivery(`evt_${i}_${j}`, {
        body: randomBytes(random.below(bytes), random),
        ...random.below(9) === 0 && { headers: "x".repeat(random.below(999)) },
      });
    }
    for (let j = 0; j < kept; j++) {
      const text = CANARY.repeat(1 + random.below(bytes / CANARY.length));
      const body = new TextEncoder().encode(text);
      yield delivery(`evt_canary_${i}_${j}`, { objectId: null, body });
    }
  }
}

async function filesWithCanary(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of Deno.readDir(dir)) {
    const bytes = await Deno.readFile(`${dir}/${name}`);
    if (new TextDecoder("latin1").decode(bytes).includes(CANARY)) {
      found.push(name);
    }
  }
  return found;
}

Deno.test("no copy of a neighbor stays when rows beside it are removed, whatever kills the process", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const random = new SeededRandom(Number(Deno.env.get("INBOX_TEST_SEED") ?? 4));
  const built = await openSqliteStore(path, OPTIONS);
  const all = [...neighbors(random)];
  await accept(built, all);
  await expireEvents(built, ({ id }) => !id.startsWith("evt_canary"));
  await built.close();
  const rows = () => Number(valueOf(path, "SELECT count(*) FROM bodies"));
  assertEquals(rows(), all.length);
  for (const delayMs of [20, 60]) await killed(path, delayMs);
  const store = await openSqliteStore(path, OPTIONS);
  assert(await store.reclaim());
  assertLess(rows(), all.length - 300, "some were removed");
  const kept = all.filter(({ id }) => id.startsWith("evt_canary"));
  const reader = store.openReader();
  for (const { id, body } of kept) {
    assertEquals((await reader.get(id))?.body, body);
  }
  reader.close();
  assertGreater((await filesWithCanary(dir.path)).length, 0, "found by search");
  // First where they are: pages that are freed are filled with zeros.
  const ending = new AbortController();
  ending.abort();
  await expireEvents(store);
  assert(await store.reclaim(ending.signal));
  assertEquals(await filesWithCanary(dir.path), []);
  assert(await store.reclaim());
  await store.close();
  assertEquals(await filesWithCanary(dir.path), []);
  assertEquals(pragmaOf(path, "integrity_check"), "ok");
});

/** Removes rows in another process, which is killed in the middle of it. */
async function killed(path: string, delayMs: number): Promise<void> {
  const script = new URL("../../support/removing_store.ts", import.meta.url);
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script.pathname, path],
    stdout: "piped",
  }).spawn();
  const output = process.stdout.getReader();
  await output.read();
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  try {
    process.kill("SIGKILL");
  } catch { /* It has ended. */ }
  await output.cancel();
  await process.status;
}

Deno.test("erasing moves no neighbor, whatever the size of a body", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, OPTIONS);
  const sizes = [1, 2, 16, 17, 130, 8_180, 8_200, 15_990, 16_010, 16_300];
  const all = [...sizes, 16_340, 16_360, 40_000].flatMap((bytes) =>
    [0, 20, 400].map((extra) =>
      delivery(`evt_${bytes}_${extra}`, {
        body: new Uint8Array(bytes).fill(65),
        headers: extra === 0 ? null : "h".repeat(extra),
        ...extra === 20 && { contentType: null },
        ...extra === 400 && { digest: new Uint8Array(32).fill(66) },
      })
    )
  );
  await accept(store, all.flatMap((one) => [one, beside(one)]));
  const before = pagesOf(path);
  await expireEvents(store, ({ id }) => !id.endsWith("beside"));
  assert(pagesOf(path) <= before, "no page was split");
  await expireEvents(store);
  await store.close();
  const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
  assertEquals(text.match(/A{20}|h{20}|n{20}/g), null);
});

/** A neighbor, which leaves less room in a page than an event takes. */
function beside({ id }: Delivery): Delivery {
  const body = new TextEncoder().encode("n".repeat(300));
  return delivery(`${id}_beside`, { body });
}

Deno.test("rows that an earlier version left are removed, with their digests kept", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const count = 14_000;
  const store = await openSqliteStore(path, OPTIONS);
  const all = deliveries(count);
  await accept(store, all.map((one) => ({ ...one, digest: digestOf(one) })));
  await expireEvents(store);
  await store.close();
  const version = Number(pragmaOf(path, "user_version")) - 1;
  execSql(
    path,
    `UPDATE bodies SET padding = NULL; ALTER TABLE bodies DROP COLUMN padding;
     DROP TABLE erased_bodies; PRAGMA user_version = ${version};`,
  );
  const open = await openSqliteStore(path, OPTIONS);
  assert(await open.reclaim());
  const rows = Number(valueOf(path, "SELECT count(*) FROM bodies"));
  assert(rows > 12_000 && rows < 12_800, `${rows} rows are at the margins`);
  for (const one of [all[0]!, all[7_000]!]) await assertSealed(open, one);
  await open.close();
});

/** Stands for the digest of a body. */
function digestOf({ id }: Delivery): Uint8Array<ArrayBuffer> {
  const digest = new Uint8Array(32);
  new TextEncoder().encodeInto(id, digest);
  return digest;
}

const DUPLICATE = { ok: true, duplicate: true } as const;
const DIFFERS = { ...DUPLICATE, differs: true } as const;

async function assertSealed(store: Store, plain: Delivery): Promise<void> {
  // Each is sealed to other bytes.
  const body = crypto.getRandomValues(new Uint8Array(9));
  const sealed = { ...plain, body, digest: digestOf(plain) };
  assertEquals(await store.accept(sealed, []), DUPLICATE);
  const other = { ...sealed, digest: new Uint8Array(32) };
  assertEquals(await store.accept(other, []), DIFFERS);
  assertEquals(await store.accept(plain, []), DUPLICATE, "not comparable");
}

async function assertPlain(store: Store, plain: Delivery): Promise<void> {
  assertEquals(await store.accept(plain, []), DUPLICATE);
  const other = { ...plain, body: new Uint8Array(9) };
  assertEquals(await store.accept(other, []), DIFFERS);
  const sealed = { ...other, digest: digestOf(plain) };
  assertEquals(await store.accept(sealed, []), DUPLICATE, "not comparable");
}

/** Events of which every second one is sealed, all erased; those in the middle have no row. */
async function setUpRemoved(path: string): Promise<readonly Delivery[]> {
  const random = new SeededRandom(3);
  const all = deliveries(40).map((one) => ({
    ...one,
    objectId: one.id,
    body: randomBytes(6_500, random),
  }));
  const store = await openSqliteStore(path, OPTIONS);
  await accept(
    store,
    all.map((one, i) => i % 2 === 0 ? one : { ...one, digest: digestOf(one) }),
  );
  await expireEvents(store);
  assert(await store.reclaim());
  await store.close();
  const seqs = valueOf(path, "SELECT group_concat(seq) FROM bodies");
  assertEquals(seqs, "1,2,3,4,5,6,7,8,33,34,35,36,37,38,39,40");
  return all;
}

/** Expects each of the events to be erased, whether it has a row or not. */
async function assertErased(
  path: string,
  all: readonly Delivery[],
): Promise<void> {
  const store = await openSqliteStore(path, OPTIONS);
  const reader = store.openReader();
  for (const { id } of all) {
    const stored = await reader.get(id);
    assertEquals(stored?.row.status, "erased");
    assertEquals(stored?.body, new Uint8Array());
    assertEquals([stored?.contentType, stored?.headers], [null, null]);
    assertEquals(stored?.unreadable, undefined);
    const [row] = await reader.list({ ids: [id], limit: 9 });
    assertEquals(row?.status, "erased");
  }
  const unlinked = await reader.unlinked({ afterSeq: 0, limit: 99 });
  assertEquals(unlinked.map(({ seq }) => seq), all.map((_, i) => i + 1));
  assertEquals(await reader.kept({ afterSeq: 0, limit: 99 }), []);
  assertEquals(await reader.newestSealed(), undefined);
  const keys = all.map((_, i) => ({ seq: i + 1, destination: "a" }));
  assert(await store.requeue({ keys, dueAtMs: 1 }));
  assertEquals(await reader.list({ status: "pending", limit: 9 }), []);
  reader.close();
  await store.close();
  const health = readSqliteHealth(path);
  assertEquals([health?.isSound, health?.warnings], [true, []]);
}

Deno.test("an erased event without a row of its body reads as every other", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const all = await setUpRemoved(path);
  await assertErased(path, all);
  const store = await openSqliteStore(path, OPTIONS);
  for (const [i, one] of all.entries()) {
    await (i % 2 === 0 ? assertPlain : assertSealed)(store, one);
  }
  const objectIds = all.map(({ id }) => id);
  const extent = { objectIds, eventIds: [], throughSeq: 40, beforeMs: 0 };
  assertEquals(
    await store.erase({ ...extent, erasedAtMs: 9, links: [] }),
    "erased",
    "once more",
  );
  await store.close();

  await Deno.remove(`${dir.path}/inbox.erasures`);
  const options = { ...OPTIONS, rebuildsErasureLog: true };
  await (await openSqliteStore(path, options)).close();
  await assertErased(path, all);

  await backUpSqlite(path, `${dir.path}/backup.db`);
  await assertErased(`${dir.path}/backup.db`, all);
});

Deno.test("what comes late of an erased object needs no row, and its duplicates are told", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, OPTIONS);
  const late = ["evt_1", "evt_2"].map((id) => delivery(id));
  await accept(store, [delivery("evt_0")]);
  assertEquals(
    await store.erase({
      objectIds: ["inq_1"],
      eventIds: [],
      throughSeq: 1,
      beforeMs: late[0]!.receivedAtMs,
      erasedAtMs: 9,
      links: [],
    }),
    "erased",
  );
  await accept(store, [late[0]!, { ...late[1]!, digest: digestOf(late[1]!) }]);
  assertEquals(valueOf(path, "SELECT group_concat(seq) FROM bodies"), "1");
  await assertPlain(store, late[0]!);
  await assertSealed(store, late[1]!);
  await store.close();
  await assertErased(path, [delivery("evt_0"), ...late]);
});
