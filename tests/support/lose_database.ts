// Moves the log of the store in the first argument to a database whose sync fails and
// loses all that was moved; run it on a `LossyDisk`.

import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { FatalStoreError } from "../../lib/errors.ts";
import { Checkpointer } from "../../lib/store/sqlite/checkpointer.ts";
import { StoreGate } from "../../lib/store/sqlite/store_gate.ts";

const [path = "", trigger = ""] = Deno.args;
const writer = new DatabaseSync(path);
writer.exec("INSERT INTO probe (bytes) VALUES (x'00')");
using log = Deno.openSync(`${path}-wal`);
const gate = new StoreGate();
const checkpointer = new Checkpointer(path, gate);
const header = readHeader();

Deno.writeTextFileSync(trigger, "/inbox.db\nsync\n");
assertThrows(() => checkpointer.move(), FatalStoreError, "a sync of");
assertEquals(gate.breakage, "sync failed");

// As those who had begun before the gate broke, and had cached nothing.
const db = new DatabaseSync(path);
const count = db.prepare("SELECT count(*) AS rows FROM probe");
assertEquals(count.get()?.rows, 1);
db.exec("INSERT INTO probe (bytes) VALUES (x'00')");
assertEquals(count.get()?.rows, 2);
assertEquals(readHeader(), header);
writer.close();

function readHeader(): Uint8Array {
  const header = new Uint8Array(32);
  log.seekSync(0, Deno.SeekMode.Start);
  log.readSync(header);
  return header;
}
