/** Payloads on disk: sealed by keys, and by those of before alone opened again. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { openSealedReader } from "../../lib/app/open_sealed.ts";
import {
  createEncryptionKey,
  type EncryptionKey,
  parseEncryptionKeys,
} from "../../lib/encryption_key.ts";
import { sampleEvent } from "../../lib/samples/samples.ts";
import { SqliteKeyStore } from "../../lib/store/sqlite/key_store.ts";
import { deliver } from "../support/deliver.ts";
import { runProgram, spawnProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { execSql } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const [K1, K2] = ["k1", "k2"].map((id) => createEncryptionKey(id)) as [
  string,
  string,
];
const CANARIES = ["Canary-Jo", "D0CUMENT-4711", "1990-01-31", "Answer-0815"];

function options(cwd: string, keys: string | undefined) {
  const env = {
    PERSONA_WEBHOOK_SECRET: SECRET,
    INBOX_ADMIN_PORT: "0",
    ...(keys !== undefined && { INBOX_ENCRYPTION_KEYS: keys }),
  };
  return { cwd, env };
}

/** A sample with canaries where it has a person's data. */
function canaryEvent(): { id: string; body: string } {
  const event = JSON.stringify(sampleEvent("inquiry.approved"));
  const body = JSON.stringify(JSON.parse(event, (key, value) => {
    if (key === "name-first") return "Canary-Jo";
    if (key === "birthdate") return "1990-01-31";
    if (/number|reference/.test(key)) return "D0CUMENT-4711";
    return value;
  }));
  return { id: JSON.parse(body).data.id, body };
}

/** The files under a folder that hold a canary, settings and tests' own aside. */
async function leaksIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      found.push(...await leaksIn(path));
      continue;
    }
    const text = new TextDecoder("latin1").decode(await Deno.readFile(path));
    for (const canary of CANARIES) {
      if (text.includes(canary)) found.push(`${path}: ${canary}`);
    }
  }
  return found;
}

async function startParrot(dir: TempDir) {
  const bodies: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      bodies.push(await request.text());
      return new Response(`Answer-0815 ${bodies.at(-1)}`);
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  await dir.write(
    "inbox.json",
    JSON.stringify({ destinations: [{ name: "parrot", url }] }),
  );
  return {
    bodies,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

Deno.test("with keys set no byte of a payload or an answer is on disk in the clear, whatever happens", async () => {
  await using dir = await TempDir.make();
  await using parrot = await startParrot(dir);
  const before = options(dir.path, K1);
  const { id, body } = canaryEvent();
  {
    await using server = await ServerProcess.start(["serve"], before);
    assertEquals((await deliver(server.url, body)).status, 200);
    assertEquals((await deliver(server.url, body)).status, 200);
    await server.logged(/"delivered"/);
    assertEquals(await leaksIn(dir.path), [], "after receiving");
    const copied = await runProgram(["backup", "copy.db"], before);
    assertEquals(copied.code, 0, copied.stderr);
    assertStringIncludes(copied.stderr, "backup --keys FILE");
    const keys = await runProgram(["backup", "--keys", "keys.db"], before);
    assertEquals(keys.code, 0, keys.stderr);
    assertEquals(await leaksIn(dir.path), [], "after backups");
    server.kill("SIGKILL");
    await server.ended();
    assertEquals(await leaksIn(dir.path), [], "after kill -9");
  }
  const after = options(dir.path, `${K2},${K1}`);
  await using server = await ServerProcess.start(["serve"], after);
  const replayed = await runProgram(["replay", id, "--again", "--yes"], after);
  assertEquals(replayed.code, 0, replayed.stderr);
  await server.logged(/"delivered"/);
  assertEquals(parrot.bodies, [body, body]);
  const rewrapped = await runProgram(["keys", "rewrap"], after);
  assertEquals(rewrapped.code, 0, rewrapped.stderr);
  const { wrapped } = JSON.parse(rewrapped.stdout);
  assertEquals(Object.keys(wrapped), ["k2"]);
  const revealed = await runProgram(["events", id, "--reveal"], after);
  for (const canary of CANARIES) assertStringIncludes(revealed.stdout, canary);
  assertEquals(await leaksIn(dir.path), [], "after rewrapping");
  assertEquals(await server.stop(), 0);
  assertEquals(await leaksIn(dir.path), [], "at the end");
  const stillThere = options(dir.path, K2);
  const again = await runProgram(["events", id, "--reveal"], stillThere);
  assertStringIncludes(again.stdout, "Canary-Jo");
});

Deno.test("a missing or another key, and lost data keys, end every command with 2 before anything is taken", async () => {
  await using dir = await TempDir.make();
  const good = options(dir.path, K1);
  {
    await using server = await ServerProcess.start(["serve"], good);
    assertEquals((await deliver(server.url, canaryEvent().body)).status, 200);
    assertEquals(await server.stop(), 0);
  }
  const cases: [keys: string | undefined, fault: string][] = [
    [undefined, "INBOX_ENCRYPTION_KEYS must be set"],
    [K2, "the key k1 is missing"],
    [createEncryptionKey("k1"), "the key k1 is not the one"],
  ];
  for (const [keys, fault] of cases) {
    const wrong = options(dir.path, keys);
    for (const command of ["serve", "events"]) {
      const args = command === "serve" ? ["serve", "--port=0"] : [command];
      const { code, stderr } = await runProgram(args, wrong);
      assertEquals(code, 2, `${command}: ${stderr}`);
      assertStringIncludes(stderr, fault);
      assert(!stderr.includes(`"listening"`), stderr);
    }
  }
  for (const name of ["", "-wal", "-shm"]) {
    await Deno.rename(
      `${dir.path}/data/inbox.keys.db${name}`,
      `${dir.path}/kept${name}`,
    ).catch(() => {});
  }
  for (const keys of [K1, undefined]) {
    const lost = options(dir.path, keys);
    const { code, stderr } = await runProgram(["serve", "--port=0"], lost);
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, "put back the key store");
  }
  await Deno.rename(`${dir.path}/kept`, `${dir.path}/data/inbox.keys.db`);
  await using server = await ServerProcess.start(["serve"], good);
  assertEquals(await server.stop(), 0);
});

Deno.test("a payload that was changed on disk is told and never delivered, and the server goes on", async () => {
  await using dir = await TempDir.make();
  const keyed = options(dir.path, K1);
  const [changed, sound] = [canaryEvent(), canaryEvent()];
  {
    await using server = await ServerProcess.start(["serve"], keyed);
    assertEquals((await deliver(server.url, changed.body)).status, 200);
    assertEquals((await deliver(server.url, sound.body)).status, 200);
    assertEquals(await server.stop(), 0);
  }
  execSql(
    `${dir.path}/data/inbox.db`,
    `UPDATE bodies SET body = CAST(substr(body, 1, 99) ||
       iif(substr(body, 100, 1) = x'08', x'09', x'08') ||
       substr(body, 101) AS BLOB) WHERE seq = 1`,
  );
  await using parrot = await startParrot(dir);
  await using server = await ServerProcess.start(["serve"], keyed);
  const ids = [changed.id, sound.id];
  const args = ["replay", ...ids, "--again", "--yes"];
  const replayed = await runProgram(args, keyed);
  assertEquals(replayed.code, 0, replayed.stderr);
  await server.logged(/"dead letter".*"reason":"unreadable"/);
  await server.logged(/"delivered"/);
  assertEquals(parrot.bodies, [sound.body]);
  const shown = await runProgram(["events", changed.id, "--reveal"], keyed);
  assertEquals(shown.code, 0, shown.stderr);
  assertStringIncludes(
    shown.stdout,
    `the stored body of ${changed.id} was changed`,
  );
  assertEquals((await deliver(server.url, canaryEvent().body)).status, 200);
  assertEquals(await server.stop(), 0);
});

Deno.test("a body that is gone from the store is told by the log, the event and doctor, and its dispatches end", async () => {
  await using dir = await TempDir.make();
  const plain = options(dir.path, undefined);
  const lost = canaryEvent();
  {
    await using server = await ServerProcess.start(["serve"], plain);
    assertEquals((await deliver(server.url, lost.body)).status, 200);
    assertEquals(await server.stop(), 0);
  }
  execSql(`${dir.path}/data/inbox.db`, "DELETE FROM bodies");
  await using parrot = await startParrot(dir);
  await using server = await ServerProcess.start(["serve"], plain);
  const replayed = await runProgram(["replay", lost.id, "--again"], plain);
  assertEquals(replayed.code, 0, replayed.stderr);
  await server.logged(/"dead letter".*"reason":"unreadable"/);
  assertEquals(parrot.bodies, []);
  const told = `the body of ${lost.id} is gone`;
  const shown = await runProgram(["events", lost.id, "--body"], plain);
  assertStringIncludes(shown.stdout, `the stored ${told.slice(4)}`);
  assertStringIncludes((await runProgram(["doctor"], plain)).stdout, told);
  assertEquals(await server.stop(), 0);
});

Deno.test("keys rewrap, killed again and again half-way while a server receives, loses no event and ends", async () => {
  await using dir = await TempDir.make();
  const orders = [`${K2},${K1}`, `${K1},${K2}`].map((keys) =>
    options(dir.path, keys)
  );
  const file = `${dir.path}/data/inbox.keys.db`;
  const events: { id: string; body: string }[] = [];
  const send = async (url: string) => {
    const one = canaryEvent();
    assertEquals((await deliver(url, one.body)).status, 200);
    events.push(one);
  };
  for (const order of orders.toReversed()) {
    await using server = await ServerProcess.start(["serve"], order);
    for (let i = 0; i < 20; i++) {
      await Promise.all(Array.from({ length: 25 }, () => send(server.url)));
    }
    assertEquals(await server.stop(), 0);
  }
  await using server = await ServerProcess.start(["serve"], orders[0]!);
  const kills = Number(Deno.env.get("INBOX_TEST_KILLS") ?? 10);
  let halfWay = 0;
  for (let round = 0; halfWay < kills; round++) {
    assert(round < 4 * kills, `only ${halfWay} of ${round} were half-way`);
    const before = await countsIn(file);
    // Whichever key has more is the one to leave.
    const target = (before.k1 ?? 0) > (before.k2 ?? 0) ? "k2" : "k1";
    const order = orders[target === "k2" ? 0 : 1]!;
    const child = spawnProgram(["keys", "rewrap"], order);
    const output = Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    let now = before;
    while (now[target] === before[target]) now = await countsIn(file);
    child.kill("SIGKILL");
    const { code } = await child.status;
    await output;
    if (code === 137) halfWay++;
    await send(server.url);
  }
  const ended = await runProgram(["keys", "rewrap"], orders[0]!);
  assertEquals(ended.code, 0, ended.stderr);
  assertEquals(await server.stop(), 0);
  assertEquals(Object.keys(await countsIn(file)), ["k2"]);
  const only = options(dir.path, K2);
  const store = await openSealedReader({
    storeUrl: `sqlite:${dir.path}/data/inbox.db`,
    keyStoreUrl: null,
    encryptionKeys: keysOf(K2),
  });
  for (const { id, body } of events) {
    const stored = await store.get(id);
    assertEquals(new TextDecoder().decode(stored?.body), body);
  }
  store.close();
  await using last = await ServerProcess.start(["serve"], only);
  assertEquals(await last.stop(), 0);
});

async function countsIn(file: string): Promise<Record<string, number>> {
  const store = new SqliteKeyStore(file);
  const counts = Object.fromEntries(await store.counts());
  await store.close();
  return counts;
}

function keysOf(text: string): readonly EncryptionKey[] {
  const parsed = parseEncryptionKeys(text);
  assert(parsed.ok);
  return parsed.keys;
}

Deno.test("doctor refuses lost keys, and those of another store, as the start does", async () => {
  await using dir = await TempDir.make();
  await using other = await TempDir.make();
  for (const { path } of [dir, other]) {
    await using server = await ServerProcess.start(
      ["serve"],
      options(path, K1),
    );
    const event = canaryEvent();
    assertEquals((await deliver(server.url, event.body)).status, 200);
    assertEquals(await server.stop(), 0);
  }
  const examine = async () => {
    const { stdout } = await runProgram(["doctor"], options(dir.path, K1));
    return stdout.split("\n").filter((line) => line.includes('"name":"keys"'));
  };
  const keys = `${dir.path}/data/inbox.keys.db`;
  const [well = ""] = await examine();
  assertStringIncludes(well, '"status":"ok"');
  await Deno.remove(keys);
  const [lost = ""] = await examine();
  assertStringIncludes(lost, '"status":"failed"');
  assertStringIncludes(
    lost,
    "the key store that sealed its payloads is not at",
  );
  const from = `sqlite:${dir.path}/data/inbox.db`;
  const to = `sqlite:${dir.path}/copy.db`;
  const migrate = ["migrate-store", "--from", from, "--to", to];
  for (const env of [{}, { INBOX_KEY_STORE: `sqlite:${dir.path}/new.db` }]) {
    const run = await runProgram(migrate, { cwd: dir.path, env });
    assertEquals(run.code, 2);
    assertStringIncludes(run.stderr, "that sealed its payloads is not at");
  }
  await Deno.copyFile(`${other.path}/data/inbox.keys.db`, keys);
  const [wrong = ""] = await examine();
  assertStringIncludes(wrong, '"status":"failed"');
  assertStringIncludes(wrong, "is not the key store that sealed its payloads");
});

Deno.test("data keys that are older than the store are refused, though they open the newest payload", async () => {
  await using dir = await TempDir.make();
  const keyed = options(dir.path, K1);
  const keys = `${dir.path}/data/inbox.keys.db`;
  {
    await using server = await ServerProcess.start(["serve"], keyed);
    const deliverOf = async (id: string, objectId: string) => {
      const body = eventText(id).replaceAll("inq_1", objectId);
      assertEquals((await deliver(server.url, body)).status, 200);
    };
    await deliverOf("evt_1", "inq_old");
    const { code } = await runProgram(["backup", "--keys", "old.db"], keyed);
    assertEquals(code, 0);
    await deliverOf("evt_2", "inq_new");
    for (let i = 3; i < 103; i++) await deliverOf(`evt_${i}`, "inq_old");
    assertEquals(await server.stop(), 0);
  }
  await Deno.remove(keys);
  await Deno.rename(`${dir.path}/old.db`, keys);
  for (const args of [["serve", "--port=0"], ["doctor"]]) {
    const { code, stdout, stderr } = await runProgram(args, keyed);
    assert(code !== 0, args[0]);
    assertStringIncludes(stdout + stderr, "the data key of evt_2 is not in");
  }
});

Deno.test("no new key store is begun where payloads are sealed, though the newest is clear", async () => {
  await using dir = await TempDir.make();
  const env = options(dir.path, K1);
  {
    await using server = await ServerProcess.start(["serve"], env);
    for (let i = 0; i < 2; i++) {
      const { status } = await deliver(server.url, canaryEvent().body);
      assertEquals(status, 200);
    }
    assertEquals(await server.stop(), 0);
  }
  execSql(
    `${dir.path}/data/inbox.db`,
    "UPDATE bodies SET body = CAST('{}' AS BLOB) WHERE seq = 2",
  );
  await Deno.remove(`${dir.path}/data/inbox.keys.db`);
  const { code, stderr } = await runProgram(["serve", "--port=0"], env);
  assertEquals(code, 2);
  assertStringIncludes(
    stderr,
    "the key store that sealed its payloads is not at",
  );
});
