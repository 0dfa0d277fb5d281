import { putBack } from "../../support/store_files.ts";
import { assert, assertEquals } from "@std/assert";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import { delivery } from "../../support/deliveries.ts";
import { OpenStore } from "../../support/open_store.ts";
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
  assert(await open.store.expire({ events, erasedAtMs: 7 }));
  assert(await open.store.saveRetention({ state: "", done: events }));
  await open.close();
}

async function statusesOf(path: string): Promise<string[]> {
  const open = new OpenStore(await openSqliteStore(path, OPTIONS));
  const rows = await open.reader.list({ limit: 9 });
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
