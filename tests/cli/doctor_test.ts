import { assert, assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { FakeIo, type FakeIoOptions } from "../support/fake_io.ts";
import { brief } from "../support/findings.ts";
import { OpenStore } from "../support/open_store.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { makeStore } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";
import { Tmpfs, whyNoTmpfs } from "../support/tmpfs.ts";

const noTmpfs = await whyNoTmpfs();
const TOKEN = "canary-token-0123456789";
const PATH = "path-canary";

/** Runs `doctor` on a store in a folder; ports are free ones unless said. */
async function examined(
  path: string,
  { env, ...options }: FakeIoOptions = {},
  ...args: string[]
) {
  const io = new FakeIo({
    env: {
      PERSONA_WEBHOOK_SECRET: SECRET,
      INBOX_STORE: `sqlite:${path}`,
      INBOX_ADMIN_TOKEN: TOKEN,
      PORT: "0",
      INBOX_ADMIN_PORT: "0",
      ...env,
    },
    ...options,
  });
  const code = await run(["doctor", ...args], io);
  for (const secret of [SECRET, TOKEN, PATH]) {
    assert(!`${io.out}${io.err}`.includes(secret), io.out);
  }
  return { code, io };
}

/** All but what depends on this machine. */
function lines({ io }: { io: FakeIo }): string[] {
  return brief(io.json).filter((line) =>
    !/^\w+ (?:disk|engine|retention): /.test(line)
  );
}

Deno.test("doctor finds nothing to fix where there is nothing", async () => {
  await using dir = await TempDir.make();
  await using receiver = new EchoReceiver();
  const path = `${dir.path}/inbox.db`;
  await makeStore(path, [delivery("evt_1")]);
  const env = {
    INBOX_FORWARD_URL: `http://127.0.0.1:${receiver.port}/${PATH}`,
  };
  const result = await examined(path, { env });
  const [settings, secrets, store, ...rest] = lines(result);
  assertEquals(
    settings,
    "ok settings: enough to serve: PERSONA_WEBHOOK_SECRET, PORT, INBOX_STORE, INBOX_FORWARD_URL, INBOX_ADMIN_PORT, INBOX_ADMIN_TOKEN",
  );
  assert(/^ok secrets: 1 secret, /.test(secrets ?? ""), secrets);
  assert(
    /^ok store: \S+inbox\.db has 1 event, [\d.]+ KiB, sound, held by no server$/
      .test(store ?? ""),
    store,
  );
  assertEquals(rest, [
    "ok clock: fits the latest verified event",
    "ok dispatches: 0 pending, no dead letters",
    "ok public port: any free one",
    "ok local port: any free one",
    `ok to default: http://127.0.0.1:${receiver.port}/… can be reached`,
  ]);
  assertEquals([result.code, result.io.err], [0, ""]);
});

Deno.test("doctor is content with warnings, and not with faults", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const missing = `warning store: ${path} is not there yet`;
  const free = ["ok public port: any free one", "ok local port: any free one"];
  const warned = await examined(path);
  assertEquals([warned.code, lines(warned).slice(2)], [0, [missing, ...free]]);

  const files = {
    "inbox.json": JSON.stringify({
      destinations: [{ name: "typed", module: `${dir.path}/none.mjs` }],
    }),
  };
  const failed = await examined(path, { files });
  assertEquals([failed.code, lines(failed).slice(2)], [1, [
    missing,
    ...free,
    `failed to typed: ${dir.path}/none.mjs must be a file that this user can read`,
  ]]);
});

Deno.test("doctor loads modules", async () => {
  await using dir = await TempDir.make();
  await dir.write("good.mjs", "export default { '*': () => {} };");
  await dir.write("bad.mjs", "export default { '*': 1 };");
  const path = `${dir.path}/inbox.db`;
  for (const [name, code] of [["good", 0], ["bad", 1]] as const) {
    const module = `${dir.path}/${name}.mjs`;
    const destinations = [{ name, module }];
    const files = { "inbox.json": JSON.stringify({ destinations }) };
    const { io, ...result } = await examined(path, { files });
    assertEquals(result.code, code);
    const verdict = code === 0
      ? `ok to good: ${module} can be loaded`
      : `failed to bad: ${module} cannot be loaded: Cannot use the handlers as default["*"] must be a function: current value is of type number`;
    assertEquals(lines({ io }).at(-1), verdict);
  }
});

Deno.test("doctor tells what is unfinished, and what holds the store", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  const open = new OpenStore(store);
  try {
    const seq = await open.accept(delivery("evt_1"), ["app", "gone"]);
    const key = { seq, destination: "app" };
    await open.record(attempt(key, { status: "dead", outcome: "timeout" }));
    await store.publishLocalUrl("http://127.0.0.1:1");
    const { code, io } = await examined(path);
    assertEquals(lines({ io }).slice(4), [
      "warning dispatches: 1 dead letter to app",
      "warning dispatches: 1 dispatch for gone, which is not in the settings",
      "failed server: holds the store, and does not answer at http://127.0.0.1:1",
    ]);
    assertEquals(code, 1);
  } finally {
    await open.close();
  }
});

Deno.test("doctor says so of what is no store, and cannot be one", async () => {
  await using dir = await TempDir.make();
  const text = "no database, but longer than a header".repeat(9);
  await dir.write("text.db", text);
  const table: [path: string, finding: string][] = [
    [
      "text.db",
      `failed store: Cannot open store at ${dir.path}/text.db: SQLite says file is not a database`,
    ],
    [
      "text.db/inbox.db",
      `failed store: Cannot open store at ${dir.path}/text.db/inbox.db: a part of its path is not a folder`,
    ],
    [
      ".",
      `failed store: ${dir.path}/. must be a file: it is a folder`,
    ],
  ];
  for (const [path, finding] of table) {
    const { code, io } = await examined(`${dir.path}/${path}`);
    assertEquals([code, ...lines({ io }).slice(2)], [1, finding]);
  }
});

Deno.test({
  name: "doctor says so of a disk that cannot be written",
  ignore: noTmpfs !== undefined,
  async fn() {
    await using disk = await Tmpfs.mount("8m");
    const path = `${disk.path}/inbox.db`;
    const store = async () => {
      await disk.remount("ro");
      const { code, io } = await examined(path);
      assertEquals(code, 1);
      await disk.remount("rw");
      return lines({ io })[2];
    };
    const unwritable =
      "failed store: this user cannot write its file or folder";
    assertEquals(await store(), unwritable);
    await makeStore(path);
    const fault = await store() ?? "";
    assert(/^failed store: (this user|Cannot open store)/.test(fault), fault);
  },
});

Deno.test("doctor warns of a store that forgets", async () => {
  const { code, io } = await examined(":memory:");
  assertEquals([code, lines({ io }).slice(2)], [0, [
    "warning store: sqlite::memory: keeps everything in memory only: it is gone when the server ends",
    "ok public port: any free one",
    "ok local port: any free one",
  ]]);
});

Deno.test("doctor tells what a server lacks, and refuses settings that are wrong", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const lacking = await examined(path, {
    env: {
      PERSONA_WEBHOOK_SECRET: "",
      INBOX_ADMIN_TOKEN: "",
      INBOX_ADMIN_HOST: "0.0.0.0",
    },
  });
  assertEquals(lacking.code, 1);
  assertEquals(lines(lacking).slice(0, 2), [
    "failed settings: Cannot serve: PERSONA_WEBHOOK_SECRET must be set",
    "failed settings: Cannot serve: INBOX_ADMIN_TOKEN must be set when INBOX_ADMIN_HOST is not a loopback address",
  ]);

  const faulty = { PORT: "x", PERSONA_WEBHOOK_SECRET: "" };
  const settings = await examined(path, { env: faulty }, "--host=/");
  assertEquals([settings.code, settings.io.err], [2, ""]);
  assertEquals(brief(settings.io.json), [
    "failed settings: Cannot use PORT as it must be a whole number from 0 to 65535: current value is x",
    "failed settings: Cannot use --host as it must be a host name or address, without brackets or a port: current value is /",
    "failed settings: Cannot serve: PERSONA_WEBHOOK_SECRET must be set",
  ]);

  const wrong = await examined(path, { env: { PORT: "x" } }, "--host=/", "-x");
  assertEquals([wrong.code, wrong.io.out], [2, ""]);
  assertEquals(wrong.io.err.split("\n").slice(0, -1), [
    "Unknown flag -x. See doctor --help",
    "Cannot use PORT as it must be a whole number from 0 to 65535: current value is x",
    "Cannot use --host as it must be a host name or address, without brackets or a port: current value is /",
  ]);
});

Deno.test("doctor says which permission the settings need", async () => {
  const io = new FakeIo();
  io.sources.env = () => {
    throw new Deno.errors.NotCapable();
  };
  assertEquals(await run(["doctor"], io), 1);
  assertEquals(
    io.err,
    "Cannot read the settings: reading the environment is not permitted\nAdd to deno run the flag --allow-env\n",
  );
});

Deno.test("doctor shows a mark and a hint on a terminal", async () => {
  await using dir = await TempDir.make();
  const path = `${dir.path}/inbox.db`;
  const env = { PERSONA_WEBHOOK_SECRET: "not-of-persona" };
  for (const hasColor of [false, true]) {
    const options = { isTerminal: true, hasColor, env };
    const { io } = await examined(path, options);
    const paint = (code: number, mark: string) =>
      hasColor ? `\x1b[${code}m${mark}\x1b[0m` : mark;
    const [settings, secret, hint] = io.out.split("\n");
    assert(settings?.startsWith(`${paint(32, "✓")} settings     enough to`));
    assert(secret?.startsWith(`${paint(33, "!")} settings     PERSONA_`));
    assert(hint?.startsWith("    Copy the webhook secret from"), hint);
  }
  const { io } = await examined(path, { isTerminal: true }, "--json");
  assertEquals(io.json[0].name, "settings");
});
