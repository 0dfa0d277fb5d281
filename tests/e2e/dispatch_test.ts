/** What was acknowledged reaches the user's code: real processes on both sides. */

import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { openSqliteReader } from "../../lib/store/sqlite/reader.ts";
import type { StoredEvent } from "../../lib/store/event_reader.ts";
import { deliver } from "../support/deliver.ts";
import { freePort } from "../support/free_port.ts";
import { ServerProcess } from "../support/server_process.ts";
import { CANARY, eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "off" };

async function serve(
  cwd: string,
  destinations: readonly unknown[],
  command: "serve" | "dev" = "serve",
): Promise<ServerProcess> {
  const settings = JSON.stringify({ destinations });
  await Deno.writeTextFile(`${cwd}/inbox.json`, settings);
  return await ServerProcess.start([command], { cwd, env });
}

async function stored(cwd: string, id: string): Promise<StoredEvent> {
  const reader = openSqliteReader(`${cwd}/data/inbox.db`);
  try {
    const event = await reader.get(id);
    assert(event, `${id} is not stored`);
    return event;
  } finally {
    reader.close();
  }
}

/** Waits until all dispatches of an event are over. */
async function settled(cwd: string, id: string): Promise<StoredEvent> {
  await eventually(
    60_000,
    async () => (await stored(cwd, id)).row.status !== "pending",
    () => `the end of ${id}`,
  );
  return await stored(cwd, id);
}

async function fileText(path: string): Promise<string> {
  await eventually(60_000, async () => {
    try {
      return (await Deno.stat(path)).size > 0;
    } catch {
      return false;
    }
  }, () => path);
  return await Deno.readTextFile(path);
}

/** Answers every request with a status, and counts them. */
function destination(port = 0, status = 200) {
  const ids: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {} },
    async (request) => {
      await request.bytes();
      ids.push(request.headers.get("idempotency-key") ?? "");
      return new Response("thanks", { status });
    },
  );
  return {
    ids,
    port: server.addr.port,
    url: `http://127.0.0.1:${server.addr.port}/events`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

Deno.test("a destination that is down gets everything once it is up", async () => {
  await using dir = await TempDir.make();
  const port = freePort();
  const url = `http://127.0.0.1:${port}/events`;
  await using server = await serve(dir.path, [{ name: "app", url }]);
  const ids: string[] = [];
  while (!server.stderr.includes("destination paused")) {
    const id = `evt_${ids.length}`;
    ids.push(id);
    const text = eventText(id).replace("inq_1", `inq_${id}`);
    assertEquals((await deliver(server.url, text)).status, 200);
    assert(ids.length < 5_000, "it is never paused");
  }
  await using up = destination(port);
  await server.logged(/"destination resumed"/);
  await eventually(
    60_000,
    () => new Set(up.ids).size === ids.length,
    () => `${ids.length} events: ${new Set(up.ids).size} came`,
  );
  for (const id of ids) {
    const { row, dispatches } = await settled(dir.path, id);
    assertEquals(row.status, "done");
    const failed = dispatches[0]!.attempts.filter(({ outcome }) =>
      outcome !== "ok"
    );
    assert(failed.every(({ outcome }) => outcome === "unreachable"));
  }
  assertEquals(await server.stop(), 0);
});

Deno.test("a command gets the event and nothing of our secrets, and no shell is involved", async () => {
  await using dir = await TempDir.make();
  const script = `${dir.path}/notify.sh`;
  await Deno.writeTextFile(
    script,
    `#!/bin/sh
cat > body.json
env > env.txt
printf '%s' "$1" > argument.txt
echo noted
`,
    { mode: 0o755 },
  );
  const exec = ["./notify.sh", "$(touch hacked); `touch hacked`"];
  const settings = [{ name: "notify", exec }];
  await using server = await serve(dir.path, settings);
  const id = "evt_$(touch hacked)";
  await deliver(server.url, eventText(id));
  const { row, dispatches } = await settled(dir.path, id);

  assertEquals(row.status, "done");
  const [attempt] = dispatches[0]!.attempts;
  assertEquals([attempt?.outcome, attempt?.code, attempt?.output], [
    "ok",
    0,
    "noted\n",
  ]);
  const read = (name: string) => Deno.readTextFile(`${dir.path}/${name}`);
  assertEquals(await read("body.json"), eventText(id));
  assertEquals(await read("argument.txt"), exec[1]);
  const found = await read("env.txt");
  assertStringIncludes(found, `PERSONA_EVENT_ID=${id}\n`);
  assertStringIncludes(found, "PERSONA_EVENT_NAME=inquiry.approved\n");
  assertStringIncludes(found, "PERSONA_OBJECT_ID=inq_1\n");
  assert(!found.includes(SECRET), "the secret is in its environment");
  const entries = await Array.fromAsync(Deno.readDir(dir.path));
  const names = entries.map(({ name }) => name);
  assert(!names.includes("hacked"), "a shell was involved");
  assertEquals(await server.stop(), 0);
});

const HANDLERS = `
  const file = new URL("./handled.txt", import.meta.url);
  export default {
    "inquiry.*": (event, { attempt, isLatest }) =>
      Deno.writeTextFile(file, JSON.stringify([
        VERSION, event.id, event.name, event.object.attributes.status, attempt, isLatest,
      ]) + "\\n", { append: true }),
    "inquiry.declined": () => { throw new Error("no " + VERSION); },
  };
`;

Deno.test("a module handles events, and in dev is reloaded when it changes", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/handlers.mjs`;
  const write = (version: number) =>
    Deno.writeTextFile(path, `const VERSION = ${version};\n${HANDLERS}`);
  await write(1);
  const settings = [{ name: "typed", module: "./handlers.mjs" }];
  await using server = await serve(dir.path, settings, "dev");
  await deliver(server.url, eventText("evt_1"));
  await settled(dir.path, "evt_1");
  assertEquals(
    JSON.parse(await fileText(`${dir.path}/handled.txt`)),
    [1, "evt_1", "inquiry.approved", "approved", 1, true],
  );

  await write(2);
  let last = 1;
  await eventually(60_000, async () => {
    const id = `evt_${++last}`;
    await deliver(server.url, eventText(id));
    await settled(dir.path, id);
    const lines = (await fileText(`${dir.path}/handled.txt`)).trim().split(
      "\n",
    );
    return JSON.parse(lines.at(-1)!)[0] === 2;
  }, () => "the new version");
  assertEquals(await server.stop(), 0);
});

Deno.test({
  name: "the store's locks are held while files change around it, in dev",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using dir = await TempDir.make();
    const write = () =>
      dir.write("handlers.mjs", "export default { '*': () => {} };");
    await write();
    const settings = [{ name: "typed", module: "./handlers.mjs" }];
    await using server = await serve(dir.path, settings, "dev");
    for (const id of ["evt_1", "evt_2", "evt_3"]) {
      await deliver(server.url, eventText(id));
      await settled(dir.path, id);
      await write();
    }
    // Of SQLite's, this one lasts as long as a connection. Once it is lost another
    // process may truncate the file under us.
    const { ino } = await Deno.stat(`${dir.path}/data/inbox.db-shm`);
    const locks = await Deno.readTextFile("/proc/locks");
    assertMatch(
      locks,
      new RegExp(` READ +${server.pid} \\S+:${ino} 128 128\n`),
    );
    assertEquals(await server.stop(), 0);
  },
});

Deno.test("an attempt under way is finished before the end", async () => {
  await using dir = await TempDir.make();
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  await using slow = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      await request.bytes();
      begun.resolve();
      await goOn.promise;
      return new Response();
    },
  );
  const url = `http://127.0.0.1:${slow.addr.port}/`;
  await using server = await serve(dir.path, [{ name: "app", url }]);
  await deliver(server.url, eventText("evt_1"));
  await begun.promise;
  server.kill("SIGTERM");
  await server.logged(/"stopping"/);
  goOn.resolve();
  assertEquals(await server.ended(), 0);
  const { row, dispatches } = await stored(dir.path, "evt_1");
  assertEquals(row.status, "done");
  assertEquals(dispatches[0]?.attempts.length, 1);
});

Deno.test("what waits for a destination that is removed is kept, shown and delivered later", async () => {
  await using dir = await TempDir.make();
  await using failing = destination(0, 500);
  {
    const settings = [{ name: "app", url: failing.url }];
    await using server = await serve(dir.path, settings);
    await deliver(server.url, eventText("evt_1"));
    await server.logged(/"attempt failed"/);
    assertEquals(await server.stop(), 0);
  }
  await using other = destination();
  {
    const settings = [{ name: "other", url: other.url }];
    await using server = await serve(dir.path, settings);
    await server.logged(/"dispatches wait","destination":"app","dispatches":1/);
    await deliver(server.url, eventText("evt_2"));
    await settled(dir.path, "evt_2");
    assertEquals(await server.stop(), 0);
    assertEquals((await stored(dir.path, "evt_1")).row.status, "pending");
  }
  const settings = [{ name: "app", url: other.url }];
  await using server = await serve(dir.path, settings);
  assertEquals((await settled(dir.path, "evt_1")).row.status, "done");
  assertEquals(other.ids, ["evt_2", "evt_1"]);
  assertEquals(await server.stop(), 0);
  assert(!server.stderr.includes(CANARY), "the log has a payload value");
});

Deno.test("a handler that never yields holds up neither others nor the end", async () => {
  await using dir = await TempDir.make();
  await Deno.writeTextFile(
    `${dir.path}/handlers.mjs`,
    `export default {
      "inquiry.declined": () => { for (;;); },
      "inquiry.approved": () => {},
    };`,
  );
  const settings = [{
    name: "typed",
    module: "./handlers.mjs",
    timeoutMs: 500,
    attemptsMax: 1,
  }];
  await using server = await serve(dir.path, settings);
  const blocking = eventText("evt_1").replace("approved", "declined");
  await deliver(server.url, blocking);
  assertEquals((await settled(dir.path, "evt_1")).row.status, "dead");
  await deliver(server.url, eventText("evt_2").replace("inq_1", "inq_2"));
  await eventually(
    60_000,
    async () => (await stored(dir.path, "evt_2")).row.status !== "pending",
    () => "the other event",
  );
  assertEquals(await server.stop(), 0);
});
