import { assert, assertEquals } from "@std/assert";
import { copyKeys } from "../../lib/store/copy_keys.ts";
import type { KeyStore, WrappedDataKey } from "../../lib/store/key_store.ts";
import { SqliteKeyStore } from "../../lib/store/sqlite/key_store.ts";

/** A place for one key store, empty at first and gone afterwards. */
export interface KeyStorePlace extends AsyncDisposable {
  open(): KeyStore;
}

/** A key of an owner, its bytes made up. */
export function wrappedKey(
  owner: string,
  id: string,
  wrappedBy = "k1",
): WrappedDataKey {
  const wrapped = new TextEncoder().encode(`${owner} ${id} ${wrappedBy}`);
  return { owner, id, wrappedBy, wrapped };
}

/** Registers the tests that every key store must pass. */
export function testKeyStore(
  name: string,
  makePlace: () => Promise<KeyStorePlace>,
  { isKept, whyIgnored }: { isKept: boolean; whyIgnored?: string },
): void {
  const test = (
    what: string,
    body: (store: KeyStore, place: KeyStorePlace) => Promise<void>,
  ) =>
    Deno.test({
      name: `${name}: ${what}${whyIgnored ? ` (${whyIgnored})` : ""}`,
      ignore: whyIgnored !== undefined,
      async fn() {
        await using place = await makePlace();
        const store = place.open();
        try {
          await body(store, place);
        } finally {
          await store.close();
        }
      },
    });

  test("obtain() keeps the first key of an owner", async (store) => {
    const first = wrappedKey("inq_1", "a");
    assertEquals(await store.obtain([first]), [first]);
    assertEquals(await store.obtain([wrappedKey("inq_1", "b")]), [first]);
    const other = wrappedKey("inq_2", "b");
    assertEquals(await store.obtain([other]), [other]);
    assertEquals(await store.get({ owner: "inq_1", id: "b" }), undefined);
  });

  test("obtain() gives one key to all who ask at once", async (store) => {
    const candidates = Array.from(
      { length: 300 },
      (_, i) => wrappedKey(`inq_${i % 3}`, String(i)),
    );
    const parts = [candidates.slice(0, 7), candidates.slice(7)];
    const keys = await Promise.all(parts.map((part) => store.obtain(part)));
    for (const [i, { owner, id }] of keys.flat().entries()) {
      assertEquals(owner, `inq_${i % 3}`);
      assertEquals(id, String(i % 3));
    }
  });

  test("destroy() leaves a mark, and the owner can have a new key", async (store) => {
    const first = wrappedKey("inq_1", "a");
    await store.obtain([first]);
    await store.obtain([wrappedKey("inq_2", "a")]);
    assertEquals(await store.destroy(["inq_1", "inq_9"]), 1);
    assertEquals(await store.get(first), "destroyed");
    assertEquals(await store.destroy(["inq_1"]), 0);
    const second = wrappedKey("inq_1", "b");
    assertEquals(await store.obtain([second]), [second]);
    assertEquals(await store.get(first), "destroyed");
    assertEquals(await store.get(second), second);
    assertEquals([...await store.counts()], [["k1", 2]]);
  });

  test("retire() leaves keys that open, until destroyRetired()", async (store) => {
    const key = (id: string) => wrappedKey("inq_1", id);
    const [a, b, c] = [key("a"), key("b"), key("c")];
    const other = wrappedKey("inq_2", "a");
    await store.obtain([a, other]);
    const names = (ids: readonly string[]) =>
      ids.map((id) => ({ owner: "inq_1", id }));
    assertEquals(await store.retire(["inq_1", "inq_9"]), names(["a"]));
    assertEquals(await store.obtain([b]), [b]);
    assertEquals(await store.get(a), a);
    const page = { after: null, limit: 9 };
    const listed = async () =>
      (await store.wrappedByOthers("", page)).map((key) =>
        `${key.owner} ${key.id} ${key.isRetired}`
      );
    const kept = ["inq_1 b false", "inq_2 a false"];
    assertEquals(await listed(), ["inq_1 a true", ...kept]);
    assertEquals(await store.replaced(), []);
    assertEquals(await store.destroyRetired(names(["a", "b"])), 1);
    assertEquals(await store.get(a), "destroyed");
    assertEquals(await listed(), kept);
    await store.retire(["inq_1"]);
    assertEquals(await store.obtain([c]), [c]);
    const retired = await store.retire(["inq_1"]);
    assertEquals(retired.map(({ id }) => id).sort(), ["b", "c"]);
    assertEquals(await store.destroy(["inq_1"]), 2);
    assertEquals(await store.replaced(), names(["a"]));
    assertEquals(await store.missing(names(["a", "b", "c"])), []);
  });

  test("missing() names what is neither living nor destroyed", async (store) => {
    assertEquals(await store.missing([]), []);
    const names = ["inq_1", "inq_2"].map((owner) => wrappedKey(owner, "a"));
    await store.obtain(names);
    await store.destroy(["inq_1"]);
    assertEquals(await store.missing(names), []);
    const others = [{ owner: "inq_1", id: "b" }, { owner: "inq_3", id: "a" }];
    assertEquals(await store.missing([...names, ...others]), others);
  });

  test("putBack() stores what is not there, retired beside another one, and nothing destroyed", async (store) => {
    const [a, b, other] = ["inq_1", "inq_1", "inq_2"].map((owner, i) =>
      wrappedKey(owner, ["a", "b", "a"][i]!)
    ) as [WrappedDataKey, WrappedDataKey, WrappedDataKey];
    const gone = wrappedKey("inq_3", "a");
    await store.obtain([a, gone]);
    await store.destroy(["inq_3"]);
    await store.putBack([a, b, other, gone]);
    const listed = await store.wrappedByOthers("", { after: null, limit: 9 });
    assertEquals(listed, [
      { ...a, isRetired: false },
      { ...b, isRetired: true },
      { ...other, isRetired: false },
    ]);
    assertEquals(await store.get(gone), "destroyed");
    assertEquals(await store.obtain([wrappedKey("inq_1", "c")]), [a]);
    await store.putBack([]);
  });

  test("rewrap() replaces only what is still as it was", async (store) => {
    const names = ["b", "a", "c"].map((owner) => wrappedKey(owner, "1"));
    for (const key of names) await store.obtain([key]);
    await store.obtain([wrappedKey("d", "1", "k2")]);
    const page = await store.wrappedByOthers("k2", { after: null, limit: 2 });
    assertEquals(page.map(({ owner }) => owner), ["a", "b"]);
    const after = page.at(-1)!;
    const rest = await store.wrappedByOthers("k2", { after, limit: 2 });
    assertEquals(rest, [{ ...wrappedKey("c", "1"), isRetired: false }]);
    await store.destroy(["b"]);
    const changes = page.map((from) => ({
      from,
      to: { wrappedBy: "k2", wrapped: new Uint8Array([1]) },
    }));
    assertEquals(await store.rewrap(changes), 1);
    assertEquals(await store.rewrap(changes), 0);
    assertEquals(await store.get({ owner: "b", id: "1" }), "destroyed");
    assertEquals([...await store.counts()], [["k1", 1], ["k2", 2]]);
  });

  test("addNote() keeps the first note, and setNote() the last", async (store) => {
    const [a, b] = [1, 2].map((byte) => new Uint8Array([byte])) as [
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>,
    ];
    assertEquals([...await store.notes()], []);
    await store.addNote("a", a);
    await store.addNote("a", b);
    await store.setNote("b", a);
    await store.setNote("b", b);
    assertEquals([...await store.notes()], [["a", a], ["b", b]]);
  });

  test("copyKeys() copies all keys, retired ones as such, names of destroyed ones, and can be repeated", async (store) => {
    for (const id of ["y", "x"]) {
      await store.obtain([wrappedKey("inq_1", id)]);
      await store.retire(["inq_1"]);
      await store.destroyRetired([{ owner: "inq_1", id }]);
    }
    for (const id of ["b", "a"]) {
      await store.obtain([wrappedKey("inq_1", id)]);
      await store.retire(["inq_1"]);
    }
    await store.obtain([wrappedKey("inq_1", "0"), wrappedKey("inq_2", "a")]);
    const copy = new SqliteKeyStore(":memory:");
    assertEquals(await copyKeys(store, copy), 4);
    assertEquals(await copyKeys(store, copy), 4);
    const page = { after: null, limit: 9 };
    assertEquals(
      await copy.wrappedByOthers("", page),
      await store.wrappedByOthers("", page),
    );
    for (const name of await store.replaced()) {
      assertEquals(await copy.get(name), "destroyed");
    }
    assertEquals((await copy.replaced()).length, 2);
    await copy.close();

    const interrupted = new SqliteKeyStore(":memory:");
    await interrupted.obtain([wrappedKey("inq_1", "x")]);
    await interrupted.retire(["inq_1"]);
    await copyKeys(store, interrupted);
    assertEquals((await interrupted.replaced()).length, 2);
    await interrupted.close();
  });

  if (!isKept) return;

  test(
    "all of it is there for others, and after closing",
    async (store, place) => {
      const key = wrappedKey("inq_1", "a");
      await store.obtain([key]);
      await store.addNote("k1", new Uint8Array([1]));
      const other = place.open();
      assertEquals(await other.get(key), key);
      assertEquals(await other.obtain([wrappedKey("inq_1", "b")]), [key]);
      const second = wrappedKey("inq_2", "c");
      await other.obtain([second]);
      await other.close();
      assertEquals(await store.obtain([wrappedKey("inq_2", "d")]), [second]);
      assert((await store.notes()).size === 1);
    },
  );
}

/** Retires the only key, which an older version stored for `inq_1` with the id `a`. */
export async function assertRetires(store: KeyStore): Promise<void> {
  const old = wrappedKey("inq_1", "a");
  const name = { owner: "inq_1", id: "a" };
  assertEquals((await store.obtain([old]))[0]?.wrapped, new Uint8Array([1]));
  assertEquals(await store.retire(["inq_1"]), [name]);
  const next = wrappedKey("inq_1", "b");
  assertEquals(await store.obtain([next]), [next]);
  assertEquals(await store.destroyRetired([name]), 1);
  await store.close();
}
