import { assert, assertEquals } from "@std/assert";
import type { KeyStore, WrappedDataKey } from "../../lib/store/key_store.ts";

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

  test("rewrap() replaces only what is still as it was", async (store) => {
    const names = ["b", "a", "c"].map((owner) => wrappedKey(owner, "1"));
    for (const key of names) await store.obtain([key]);
    await store.obtain([wrappedKey("d", "1", "k2")]);
    const page = await store.wrappedByOthers("k2", { after: null, limit: 2 });
    assertEquals(page.map(({ owner }) => owner), ["a", "b"]);
    const after = page.at(-1)!;
    const rest = await store.wrappedByOthers("k2", { after, limit: 2 });
    assertEquals(rest, [wrappedKey("c", "1")]);
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
