import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openSealedStore } from "../../lib/app/open_sealed.ts";
import {
  checkKeysApart,
  checkNotOwn,
  sharedFile,
} from "../../lib/app/own_files.ts";
import { inspectKeys } from "../../lib/app/inspect_keys.ts";
import {
  createEncryptionKey,
  parseEncryptionKeys,
} from "../../lib/encryption_key.ts";
import { InboxError, UsageError } from "../../lib/errors.ts";
import { filesIn } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

/** Files that a store of `inbox.db` keeps. */
const OWN = [
  "inbox.db",
  "inbox.db-wal",
  "inbox.db-shm",
  "inbox.db-journal",
  "inbox.db-lock",
  "inbox.erasures",
  "inbox.db.audit.jsonl",
];

Deno.test("a key store in a file of the store is refused, by the server and by doctor, before anything is made", async () => {
  const parsed = parseEncryptionKeys(createEncryptionKey("k1"));
  const encryptionKeys = parsed.ok ? parsed.keys : [];
  for (const name of OWN) {
    await using dir = await TempDir.make();
    for (const keys of [encryptionKeys, []]) {
      const config = {
        storeUrl: `sqlite:${dir.path}/inbox.db`,
        keyStoreUrl: `sqlite:${dir.path}/${name}`,
        encryptionKeys: keys,
      };
      const { message } = await assertRejects(
        () => openSealedStore(config, { bodyBytesMax: 1 << 20 }),
        UsageError,
        "INBOX_KEY_STORE is",
      );
      assertEquals(message.includes(`${dir.path}/${name}`), true, message);
      await assertRejects(() => inspectKeys(config), UsageError, message);
      assertEquals(filesIn(dir.path), []);
    }
  }
});

Deno.test("a key store beside the store, or elsewhere, is not refused", () => {
  const storeUrl = "sqlite:data/inbox.db";
  for (
    const keyStoreUrl of [
      null,
      "sqlite:data/inbox.keys.db",
      "sqlite:other/inbox.db",
      "sqlite::memory:",
      "postgres://inbox@db/inbox",
    ]
  ) {
    checkKeysApart({ storeUrl, keyStoreUrl });
    checkKeysApart({ storeUrl: "postgres://inbox@db/inbox", keyStoreUrl });
  }
});

Deno.test("a file is the same by whatever link and name it is reached", async () => {
  await using dir = await TempDir.make();
  const [data, link] = [`${dir.path}/data`, `${dir.path}/link`];
  await Deno.mkdir(data);
  await Deno.symlink(data, link);
  const storeUrl = `sqlite:${data}/inbox.db`;
  for (const path of [`${link}/inbox.erasures`, `${data}/../data/inbox.db`]) {
    const keyStoreUrl = `sqlite:${path}`;
    assertThrows(() => checkKeysApart({ storeUrl, keyStoreUrl }), UsageError);
  }
  assertEquals(
    sharedFile(storeUrl, `sqlite:${link}/inbox.db`),
    `${await Deno.realPath(data)}/inbox.db`,
  );
});

Deno.test("no copy is written to a file of the store or of its data keys", async () => {
  await using dir = await TempDir.make();
  const storeUrl = `sqlite:${dir.path}/inbox.db`;
  for (const name of [...OWN, "inbox.keys.db", "inbox.keys.db-wal"]) {
    const file = `${dir.path}/${name}`;
    const places = { storeUrl, keyStoreUrl: null };
    assertThrows(() => checkNotOwn(file, places), InboxError, "of that name");
  }
  const keyStoreUrl = `sqlite:${dir.path}/elsewhere.db`;
  checkNotOwn(`${dir.path}/inbox.keys.db`, { storeUrl, keyStoreUrl });
  checkNotOwn(`${dir.path}/copy.db`, { storeUrl, keyStoreUrl });
});

Deno.test("two stores share no file, nor one the data keys of the other", () => {
  const one = "sqlite:data/inbox.db";
  assertEquals(sharedFile(one, "sqlite:data/new.db"), null);
  assertEquals(sharedFile(one, "postgres://inbox@db/inbox"), null);
  for (const name of ["inbox.erasures", "inbox.keys.db", "inbox.sqlite"]) {
    const isShared = sharedFile(one, `sqlite:data/${name}`) !== null;
    assertEquals(isShared, true, name);
  }
});
