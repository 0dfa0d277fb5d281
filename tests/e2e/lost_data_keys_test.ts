/** The way on when data keys are lost for good. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { openSealedStore } from "../../lib/app/open_sealed.ts";
import {
  createEncryptionKey,
  parseEncryptionKeys,
} from "../../lib/encryption_key.ts";
import { delivery } from "../support/deliveries.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const KEY = createEncryptionKey("k1");

/** A body with a reference id. */
function bodyOf(reference: string): Uint8Array<ArrayBuffer> {
  const data = { attributes: { "reference-id": reference } };
  return new TextEncoder().encode(
    JSON.stringify({ data: { attributes: { payload: { data } } } }),
  );
}

/** A store whose events nobody has indexed by reference, and an older copy of its keys. */
async function makeStore(path: string): Promise<void> {
  const parsed = parseEncryptionKeys(KEY);
  if (!parsed.ok) throw new Error(parsed.fault);
  const config = {
    storeUrl: `sqlite:${path}/inbox.db`,
    encryptionKeys: parsed.keys,
    keyStoreUrl: null,
  };
  const keep = async (id: string, objectId: string, reference: string) => {
    const store = await openSealedStore(config, { bodyBytesMax: 1 << 20 });
    const event = delivery(id, { objectId, body: bodyOf(reference) });
    assertEquals((await store.accept(event)).ok, true);
    await store.close();
  };
  const keys = `${path}/inbox.keys.db`;
  await keep("evt_1", "inq_a", "user-a");
  await Deno.copyFile(keys, `${path}/old.db`);
  await keep("evt_2", "inq_b", "user-b");
  await keep("evt_3", "inq_c", "user-b");
  await Deno.rename(`${path}/old.db`, keys);
}

Deno.test("lost data keys: a start and an erasure say what cannot be read, and that it can be erased", async () => {
  await using dir = await TempDir.make();
  await makeStore(dir.path);
  const env = {
    PERSONA_WEBHOOK_SECRET: SECRET,
    INBOX_STORE: `sqlite:${dir.path}/inbox.db`,
    INBOX_ENCRYPTION_KEYS: KEY,
    INBOX_ADMIN_PORT: "0",
  };
  const options = { cwd: dir.path, env };
  const refused = await runProgram(["serve", "--port=0"], options);
  assertEquals(refused.code, 2, refused.stderr);
  assertStringIncludes(
    refused.stderr,
    "If it is lost for good, erase what nothing opens any more, one by one: erase --object inq_c, erase --object inq_b\n",
  );

  const erase = (kind: string, value: string) =>
    runProgram(["erase", `--${kind}`, value, "--yes"], options);
  for (const reference of ["user-b", "user-a"]) {
    const { code, stderr } = await erase("reference", reference);
    assertEquals(code, 1, stderr);
    assertStringIncludes(
      stderr,
      "Cannot erase: what names the same person is unknown, as new events of inq_b, inq_c cannot be read\n",
    );
  }
  const listed = await runProgram(["events", "--reference=user-a"], options);
  assertStringIncludes(listed.stderr, "2 objects may be missing");

  for (const id of ["inq_b", "inq_c"]) {
    const { code, stderr } = await erase("object", id);
    assertEquals(code, 0, stderr);
  }
  const none = await erase("reference", "user-b");
  assertStringIncludes(none.stderr, "Nothing to erase");
  await using server = await ServerProcess.start(["serve"], options);
  assertEquals((await erase("reference", "user-a")).code, 0);
  assertEquals(await server.stop(), 0);
});
