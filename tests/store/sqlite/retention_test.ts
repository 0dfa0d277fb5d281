import { assert, assertEquals } from "@std/assert";
import { backUpSqlite } from "../../../lib/store/sqlite/backup.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { delivery } from "../../support/deliveries.ts";
import { expiryOf } from "../../support/expire_events.ts";
import { OpenStore } from "../../support/open_store.ts";
import { filesIn, putBack } from "../../support/store_files.ts";
import { TempDir } from "../../support/temp_dir.ts";

const OPTIONS = { bodyBytesMax: 1 << 20 };

/** A store of three events of one object, of which the first and the last are erased. */
async function setUp(path: string): Promise<void> {
  const open = new OpenStore(await openSqliteStore(path, OPTIONS));
  for (const i of [1, 2, 3]) {
    await open.accept(delivery(`evt_${i}`, { objectId: "inq_1" }), ["a"]);
  }
  const links = [["t", "inq_1"]] as const;
  assert(await open.store.link({ links, throughSeq: 3 }));
  await open.close();
  await Deno.copyFile(path, `${path}.backup`);
  await expire(path, [1, 3]);
}

async function expire(path: string, seqs: number[]): Promise<void> {
  const open = new OpenStore(await openSqliteStore(path, OPTIONS));
  const all = await open.reader.kept({ afterSeq: 0, limit: 9 });
  const events = all.filter(({ seq }) => seqs.includes(seq));
  assert(await open.store.expire(expiryOf(events)));
  await open.close();
}

async function statusesOf(path: string): Promise<string[]> {
  const open = new OpenStore(await openSqliteStore(path, OPTIONS));
  const rows = await open.reader.list({ limit: 99 });
  const linked = await open.reader.linkedObjects({ tokens: ["t"], limit: 9 });
  await open.close();
  return [...rows.map(({ status }) => status).reverse(), ...linked];
}

Deno.test("a restored backup has nothing again whose time was over, and all else", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await setUp(path);
  await putBack(`${path}.backup`, path);
  assertEquals(await statusesOf(path), [
    "erased",
    "pending",
    "erased",
    "inq_1",
  ]);
  await expire(path, [2]);
  await putBack(`${path}.backup`, path);
  assertEquals(await statusesOf(path), ["erased", "erased", "erased"]);
});

Deno.test("a log that is made anew keeps what is kept of an object", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  await setUp(path);
  await Deno.remove(`${dir.path}/inbox.erasures`);
  const options = { ...OPTIONS, rebuildsErasureLog: true };
  await (await openSqliteStore(path, options)).close();
  const expected = ["erased", "pending", "erased", "inq_1"];
  assertEquals(await statusesOf(path), expected);
  await putBack(`${path}.backup`, path);
  assertEquals(await statusesOf(path), expected);
});

/** Copies the files of a store as they are now, as a kill would leave them. */
function copyStore(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const name of filesIn(from)) {
    if (name.startsWith("inbox.")) {
      Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
    }
  }
}

Deno.test("a chunk that is killed at any step is erased by the next start, in a restored backup too", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const open = new OpenStore(await openSqliteStore(path, OPTIONS));
  for (let i = 0; i < 20; i++) {
    await open.accept(delivery(`evt_${i}`, { objectId: `inq_${i}` }));
  }
  const links = [["t", "inq_0"], ["t", "inq_19"]] as const;
  assert(await open.store.link({ links, throughSeq: 20 }));
  await backUpSqlite(path, `${dir.path}/backup.db`);
  const killed: string[] = [];
  const kill = () => {
    const copy = `${dir.path}/${killed.length}`;
    copyStore(dir.path, copy);
    return Promise.resolve(void killed.push(copy));
  };
  const events = await open.reader.kept({ afterSeq: 0, limit: 99 });
  const expiry = expiryOf(events, { record: kill, pause: kill });
  assert(await open.store.expire(expiry));
  await open.close();
  const [recorded = "", ...begun] = killed;
  assertEquals(begun.length, 3);
  const logged = `${dir.path}/logged`;
  copyStore(recorded, logged);
  await Deno.copyFile(`${begun[0]}/inbox.erasures`, `${logged}/inbox.erasures`);
  const none = [...events.map(() => "none"), "inq_0", "inq_19"];
  const erased = events.map(() => "erased");
  for (const copy of [recorded, logged, ...begun]) {
    const store = `${copy}/inbox.db`;
    const expected = copy === recorded ? none : erased;
    assertEquals(await statusesOf(store), expected, copy);
    await putBack(`${dir.path}/backup.db`, store);
    assertEquals(await statusesOf(store), expected, `${copy}, restored`);
  }
});
