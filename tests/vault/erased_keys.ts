import { assert, assertEquals } from "@std/assert";
import {
  openKeyStore,
  openReader,
  openStore,
} from "../../lib/store/open_store.ts";
import type { EventReader } from "../../lib/store/event_reader.ts";
import type { Outboxes } from "../../lib/store/outbox.ts";
import type { Store } from "../../lib/store/store.ts";
import { readSealed } from "../../lib/vault/sealed_bytes.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { OpenStore } from "../support/open_store.ts";
import { eventually } from "../support/within.ts";

/** A sealed store whose keys can be changed while it is closed. */
export interface SealedPlace extends AsyncDisposable {
  readonly storeUrl: string;
  readonly keysUrl: string;
  open(): Promise<Store>;
  /** Opens what dispatches, with keys of its own in memory. */
  openOutboxes(store: Store): Promise<Outboxes>;
  /** Runs SQL: `$k.` is the schema of the keys. */
  sql(text: string): Promise<void>;
}

const WAIT_MS = 60_000;

const TABLES = ["data_keys", "notes"];

/**
 * Tests that data keys of what was erased do not stay.
 *
 * @param whyIgnored The reason if it cannot be run here.
 */
export function testErasedKeys(
  name: string,
  makePlace: () => SealedPlace | Promise<SealedPlace>,
  whyIgnored?: string,
): void {
  const test = (what: string, run: (place: SealedPlace) => Promise<void>) =>
    Deno.test({
      name: `${name}: ${what}`,
      ignore: whyIgnored !== undefined,
      fn: async () => {
        await using place = await makePlace();
        await run(place);
      },
    });

  test("data keys of what was erased are destroyed again when a backup of the keys was put back", async (place) => {
    const first = new OpenStore(await place.open());
    await acceptAll(first);
    await noted(place);
    await first.close();
    const run = (write: (table: string) => string) =>
      place.sql(TABLES.map(write).join(";\n"));
    await run((table) =>
      `CREATE TABLE $k.backup_${table} AS SELECT * FROM $k.${table}`
    );
    const second = await place.open();
    assertEquals(await erase(second, "inq_1"), "erased");
    await second.close();
    assertEquals(await owners(place), ["evt_2", "evt_4", "inq_2", "inq_gone"]);
    await run((table) =>
      `DELETE FROM $k.${table};
       INSERT INTO $k.${table} SELECT * FROM $k.backup_${table};
       DROP TABLE $k.backup_${table}`
    );
    assertEquals(await owners(place), ALL);
    await assertDestroyed(place, ["evt_2", "evt_4", "inq_2", "inq_gone"]);
  });

  test("what came to an object during its erasure stays readable, and the key of what was erased does not stay", async (place) => {
    const first = new OpenStore(await place.open());
    await acceptAll(first);
    await first.accept(delivery("evt_5", NEWER), ["a"]);
    const output = "answer";
    await first.record(attempt({ seq: 5, destination: "a" }, { output }));
    const keyId = await keyOf(place, "evt_1");
    assertEquals(await keyOf(place, "evt_5"), keyId);
    assertEquals(await erase(first.store, "inq_1"), "erased");
    assertEquals(await stateOf(place, keyId), "destroyed");
    await first.accept(delivery("evt_6", NEWER));
    await assertReadable(first.reader);
    const { dispatches: [dispatch] } = await first.get("evt_5");
    assertEquals(dispatch?.attempts[0]?.output, output);
    await first.close();
  });

  test("what another thread records during an erasure stays readable", async (place) => {
    const first = new OpenStore(await place.open());
    await acceptAll(first);
    await first.accept(delivery("evt_5", NEWER), ["a", "b"]);
    const outboxes = await place.openOutboxes(first.store);
    const a = await outboxes.open("a", { attemptMsMax: 0 });
    const [dispatch] = await a.pending({ afterSeq: 4, limit: 1 });
    await a.load(dispatch!);
    const record = async (number: number) => {
      const output = `answer ${number}`;
      const made = attempt({ seq: 5, destination: "a" }, { output, number });
      assert(await a.record({ ...made, ...dispatch, status: "pending" }));
      const { dispatches: [one] } = await first.get("evt_5");
      const outputs = one?.attempts.map(({ output }) => output);
      assertEquals(outputs?.at(-1), output);
    };
    await record(1);
    for (let number = 2; number < 5; number++) {
      assertEquals(await erase(first.store, "inq_1"), "erased");
      await record(number);
    }
    const outputs = (await first.get("evt_5")).dispatches[0]?.attempts
      .map(({ output }) => output);
    assertEquals(
      outputs?.map((one) => one.slice(0, 6)),
      Array(4).fill("answer"),
    );
    await outboxes.close();
    await first.close();
  });

  test("data keys of what was erased are destroyed after a kill before that", async (place) => {
    const first = new OpenStore(await place.open());
    await acceptAll(first);
    await noted(place);
    await first.close();
    // Who does not know of keys does as much as was done before the kill.
    const raw = await openStore(place.storeUrl, { bodyBytesMax: 1 << 20 });
    assertEquals(await erase(raw, "inq_2"), "erased");
    await raw.close();
    assertEquals(await owners(place), ALL);
    await assertDestroyed(place, ["evt_2", "evt_4", "inq_1", "inq_gone"]);
  });

  test("what came to an object during its erasure is sealed anew after a kill before that", async (place) => {
    const first = new OpenStore(await place.open());
    await acceptAll(first);
    await first.accept(delivery("evt_5", NEWER));
    await noted(place);
    await first.close();
    const keyId = await keyOf(place, "evt_1");
    const keys = openKeyStore(place.keysUrl);
    await keys.retire(["inq_1", "inq_2"]);
    await keys.close();
    const raw = await openStore(place.storeUrl, { bodyBytesMax: 1 << 20 });
    assertEquals(await erase(raw, "inq_1"), "erased");
    await raw.close();
    const second = new OpenStore(await place.open());
    const isGone = async () => await stateOf(place, keyId) === "destroyed";
    await eventually(WAIT_MS, isGone, () => "the destruction of a retired key");
    await assertReadable(second.reader);
    await second.close();
    // Nothing of it was erased.
    const left = ["evt_2", "evt_4", "inq_1", "inq_2", "inq_gone"];
    assertEquals(await owners(place), left);
  });
}

const NEWER = { createdAtMs: 1_760_000_000_000 };

const ALL = ["evt_2", "evt_4", "inq_1", "inq_2", "inq_gone"];

async function acceptAll(open: OpenStore): Promise<void> {
  await open.accept(delivery("evt_1"));
  await open.accept(delivery("evt_2", { name: "inquiry.redacted" }));
  await open.accept(delivery("evt_3", { objectId: "inq_2" }));
  await open.accept(delivery("evt_4", { objectId: null }));
}

/** What came before `evt_2`. */
function erase(store: Store, objectId: string) {
  return store.erase({
    objectIds: [objectId],
    eventIds: [],
    throughSeq: objectId === "inq_1" ? 1 : 4,
    beforeMs: 0,
    erasedAtMs: 1,
    links: [],
  });
}

/** All is erased of which the key is noted as destroyed: the first look is over. */
async function noted(place: SealedPlace): Promise<void> {
  const keys = openKeyStore(place.keysUrl);
  // As of an event that only another copy of the store has.
  await keys.obtain([{
    owner: "inq_gone",
    id: "0123456789abcdef",
    wrappedBy: "k1",
    wrapped: new Uint8Array(60),
  }]);
  const isNoted = async () => (await keys.notes()).has("erasures");
  await eventually(WAIT_MS, isNoted, () => "the first look at the keys");
  await keys.close();
}

/** The id of the key that sealed an event's body. */
async function keyOf({ storeUrl }: SealedPlace, id: string): Promise<string> {
  const raw = openReader(storeUrl);
  const stored = await raw.get(id);
  raw.close();
  const parts = readSealed(new Uint8Array(stored!.body));
  assert(parts, `${id} is not sealed`);
  return parts.keyId;
}

async function stateOf({ keysUrl }: SealedPlace, id: string) {
  const keys = openKeyStore(keysUrl);
  const key = await keys.get({ owner: "inq_1", id });
  await keys.close();
  return typeof key === "object" ? "living" : key;
}

async function owners({ keysUrl }: SealedPlace): Promise<string[]> {
  const keys = openKeyStore(keysUrl);
  const page = { after: null, limit: 99 };
  const living = await keys.wrappedByOthers("", page);
  await keys.close();
  return living.map(({ owner }) => owner).filter((owner) => owner !== "");
}

async function assertDestroyed(
  place: SealedPlace,
  left: readonly string[],
): Promise<void> {
  const open = new OpenStore(await place.open());
  const isGone = async () => (await owners(place)).length <= left.length;
  await eventually(WAIT_MS, isGone, () => "the destruction of keys");
  assertEquals(await owners(place), left);
  await assertReadable(open.reader);
  // What comes later has a key of its own.
  await open.accept(delivery("evt_5", NEWER));
  await assertReadable(open.reader);
  await open.close();
}

async function assertReadable(reader: EventReader): Promise<void> {
  for (const { id, status } of await reader.list({ limit: 9 })) {
    if (status === "erased") continue;
    assertEquals((await reader.get(id))?.body, delivery(id).body, id);
  }
}
