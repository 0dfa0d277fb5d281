import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import {
  createEncryptionKey,
  type EncryptionKey,
  parseEncryptionKeys,
} from "../../lib/encryption_key.ts";
import { UsageError } from "../../lib/errors.ts";
import { SqliteKeyStore } from "../../lib/store/sqlite/key_store.ts";
import { openVault } from "../../lib/vault/open_vault.ts";
import type { Vault } from "../../lib/vault/vault.ts";

const [KEY, OTHER] = ["k1", "k2"].map(keyNamed) as [
  EncryptionKey,
  EncryptionKey,
];
const TEXT = new TextEncoder().encode("Canary-Jo");
const PLACE = { owner: "inq_1", context: ["body", "evt_1"] };

function keyNamed(id: string): EncryptionKey {
  const parsed = parseEncryptionKeys(createEncryptionKey(id));
  assert(parsed.ok);
  return parsed.keys[0]!;
}

/** A vault whose key store outlives it. */
function vaultOn(
  store: SqliteKeyStore,
  keys: readonly EncryptionKey[] = [KEY],
): Promise<Vault> {
  const kept = new Proxy(store, {
    get(target, name) {
      if (name === "close") return () => Promise.resolve();
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return openVault(keys, kept);
}

function newStore(): SqliteKeyStore {
  return new SqliteKeyStore(":memory:");
}

Deno.test("open() opens what seal() sealed, in any vault of the same keys", async () => {
  const store = newStore();
  const sealed = await (await vaultOn(store)).seal(TEXT, PLACE);
  assert(!encodeHex(sealed).includes(encodeHex(TEXT)));
  for (const keys of [[KEY], [OTHER, KEY]]) {
    const vault = await vaultOn(store, keys);
    assertEquals(await vault.open(sealed, PLACE), { ok: true, bytes: TEXT });
  }
  const vault = await vaultOn(store, [KEY, OTHER]);
  assertNotEquals(await vault.seal(TEXT, PLACE), sealed);
});

Deno.test("open() tells every flipped bit and every cut", async () => {
  const vault = await vaultOn(newStore());
  const sealed = await vault.seal(TEXT, PLACE);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = sealed.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    const opened = await vault.open(changed, PLACE);
    // The id of the key comes after the mark: another one is not there.
    const reason = bit >= 8 && bit < 9 * 8 ? "no-key" : "changed";
    assertEquals(opened, { ok: false, reason }, `bit ${bit}`);
  }
  for (let length = 1; length < sealed.length; length++) {
    const opened = await vault.open(sealed.slice(0, length), PLACE);
    assertEquals(opened.ok, false, `${length} bytes`);
  }
});

Deno.test("openStored() takes in the clear only what was stored before there were keys", async () => {
  const store = newStore();
  const vault = await vaultOn(store);
  assertEquals(await vault.loadClear(), false);
  assertEquals((await vault.openStored(TEXT, PLACE, 99)).ok, true);
  await vault.saveClear({ afterSeq: 3, untilSeq: 5 });
  const again = await vaultOn(store);
  assertEquals(await again.loadClear(), true);
  for (const one of [vault, again]) {
    const opened = await Promise.all(
      [3, 4, 5, 6].map((seq) => one.openStored(TEXT, PLACE, seq)),
    );
    assertEquals(opened.map(({ ok }) => ok), [false, true, true, false]);
  }
});

Deno.test("open() opens nothing in another place", async () => {
  const vault = await vaultOn(newStore());
  const sealed = await vault.seal(TEXT, PLACE);
  await vault.seal(TEXT, { ...PLACE, owner: "inq_2" });
  for (
    const place of [
      { ...PLACE, context: ["body", "evt_2"] },
      { ...PLACE, context: ["output", "evt_1"] },
      { ...PLACE, owner: "inq_2" },
    ]
  ) assertEquals((await vault.open(sealed, place)).ok, false);
});

Deno.test("a data key that was moved to another owner opens nothing", async () => {
  const store = newStore();
  const sealed = await (await vaultOn(store)).seal(TEXT, PLACE);
  const [key] = (await store.wrappedByOthers("", { after: null, limit: 9 }))
    .filter(({ owner }) => owner === PLACE.owner);
  await store.obtain([{ ...key!, owner: "inq_2" }]);
  const vault = await vaultOn(store);
  const place = { ...PLACE, owner: "inq_2" };
  assertEquals(await vault.open(sealed, place), {
    ok: false,
    reason: "no-key",
  });
});

Deno.test("destroy() erases what was sealed, and lets the owner go on", async () => {
  const store = newStore();
  const vault = await vaultOn(store);
  const before = await vault.seal(TEXT, PLACE);
  const other = { ...PLACE, owner: "inq_2" };
  const others = await vault.seal(TEXT, other);
  assertEquals(await vault.destroy(["inq_1", ""]), 1);
  const after = await vault.seal(TEXT, PLACE);
  for (const one of [vault, await vaultOn(store)]) {
    const erased = { ok: false, reason: "key-destroyed" } as const;
    assertEquals(await one.open(before, PLACE), erased);
    assertEquals(await one.open(after, PLACE), { ok: true, bytes: TEXT });
    assertEquals(await one.open(others, other), { ok: true, bytes: TEXT });
  }
  assertEquals(await vault.destroy(["inq_9"]), 0);
});

Deno.test("destroy() of an owner twice at once lets nothing be sealed with its key in between", async () => {
  const vault = await vaultOn(newStore());
  const first = vault.destroy(["inq_1"]);
  const looked = Promise.withResolvers<void>();
  const second = vault.destroy(["inq_1"], {
    unusedOf: async (owners) => {
      await looked.promise;
      return owners;
    },
  });
  await first;
  const sealing = vault.use(["inq_1"], () => vault.seal(TEXT, PLACE));
  // So that it is sealed by now if nothing keeps it from that.
  await vault.use(["inq_2"], () => vault.seal(TEXT, PLACE));
  looked.resolve();
  await second;
  const opened = await vault.open(await sealing, PLACE);
  assertEquals(opened, { ok: true, bytes: TEXT });
});

Deno.test("destroy() waits for what is being sealed, and what comes then waits for it", async () => {
  const vault = await vaultOn(newStore());
  const order: string[] = [];
  const stored = Promise.withResolvers<void>();
  const first = vault.use(["inq_1"], async () => {
    await vault.seal(TEXT, PLACE);
    await stored.promise;
    order.push("stored");
  });
  const destroyed = vault.destroy(["inq_1"]).then((count) =>
    order.push(`destroyed ${count}`)
  );
  const second = vault.use(["inq_1"], async () => {
    order.push("sealed again");
    return await vault.seal(TEXT, PLACE);
  });
  await vault.use(["inq_2"], () => Promise.resolve(order.push("of another")));
  stored.resolve();
  const [sealed] = await Promise.all([second, destroyed, first]);
  assertEquals(order.slice(0, 2), ["of another", "stored"]);
  assertEquals(order.slice(2).sort(), ["destroyed 1", "sealed again"]);
  assertEquals(await vault.open(sealed, PLACE), { ok: true, bytes: TEXT });
});

Deno.test("digest() and linkKey() are the same in every vault, and in no other store", async () => {
  const store = newStore();
  const vaults = [await vaultOn(store), await vaultOn(store, [OTHER, KEY])];
  const elsewhere = await vaultOn(newStore());
  for (
    const 
      of of[(one: Vault) => one.digest(TEXT), (one: Vault) => one.linkKey()]
  ) {
    // The first one makes the key: it lacks the one by which the other would wrap it.
    const a = await of(vaults[0]!);
    assertEquals(await of(vaults[1]!), a);
    assertNotEquals(await of(elsewhere), a);
  }
  assertNotEquals(await elsewhere.digest(TEXT), await elsewhere.linkKey());
});

Deno.test("openVault() refuses another key of the same id, and a missing one", async () => {
  const store = newStore();
  await (await vaultOn(store)).seal(TEXT, PLACE);
  const impostor = { ...keyNamed("k1"), id: "k1" };
  for (
    const [keys, fault] of [
      [[impostor], "the key k1 is not the one"],
      [[OTHER, impostor], "the key k1 is not the one"],
      [[OTHER], "the key k1 is missing, and 1 data keys"],
    ] as const
  ) await assertRejects(() => vaultOn(store, keys), UsageError, fault);
  await vaultOn(store, [OTHER, KEY]);
});

Deno.test("openVault() does without a key that wraps nothing any more", async () => {
  const store = newStore();
  await vaultOn(store, [KEY]);
  const vault = await vaultOn(store, [OTHER]);
  const sealed = await vault.seal(TEXT, PLACE);
  assertEquals((await vault.open(sealed, PLACE)).ok, true);
});

Deno.test("open() opens what an older version bound to less, and what is sealed now by all of it", async () => {
  const vault = await vaultOn(newStore());
  const place = { ...PLACE, former: PLACE.context };
  const now = { ...place, context: [...PLACE.context, "inquiry.approved"] };
  const other = { ...place, context: [...PLACE.context, "inquiry.declined"] };
  const old = await vault.seal(TEXT, PLACE);
  assertEquals(await vault.open(old, now), { ok: true, bytes: TEXT });
  const sealed = await vault.seal(TEXT, now);
  assertEquals(await vault.open(sealed, now), { ok: true, bytes: TEXT });
  const refused = { ok: false, reason: "changed" } as const;
  assertEquals(await vault.open(sealed, other), refused);
});
