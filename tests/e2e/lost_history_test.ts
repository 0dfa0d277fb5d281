/** What a store lost while no server ran is told at the next start, and no later. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { Finding } from "../../lib/doctor/finding.ts";
import { readIndex } from "../../lib/store/sqlite/file_format.ts";
import { Account } from "../support/deliver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { filesIn, nextRound } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };
const PAGE_BYTES = 16_384;
const HEADER_BYTES = 32;
const FRAME_BYTES = 24 + PAGE_BYTES;

/** Commands that open the store of a server that does not run. */
const COMMANDS: readonly string[][] = [
  ["serve", "--port=0", "--admin-port=0"],
  ["dev", "--port=0", "--admin-port=0"],
  ["events"],
  ["replay", "--dead"],
  ["backup", "copy.db"],
];

/** A store in `data/` of a folder, with events in its database and in its log. */
class Store {
  readonly account = new Account(4_000);
  readonly cwd: string;
  readonly file: string;

  constructor({ path }: TempDir) {
    this.cwd = path;
    this.file = `${path}/data/inbox.db`;
  }

  get log(): string {
    return `${this.file}-wal`;
  }

  /** Lets a server take some events, and ends it. */
  async serve(signal: Deno.Signal, events = 40): Promise<void> {
    await using server = await ServerProcess.start(["serve"], this.#options);
    for (let i = 0; i < events; i++) {
      assertEquals(await this.account.deliver(server.url), 200);
    }
    server.kill(signal);
    await server.ended();
  }

  run(...args: string[]) {
    return runProgram(args, this.#options);
  }

  /** Every command that would open the store must say the same and change nothing. */
  async refuses(why: RegExp, commands = COMMANDS): Promise<void> {
    const before = await this.#contents();
    for (const args of commands) {
      const { code, stdout, stderr } = await this.run(...args);
      assertEquals([code, stdout], [1, ""], `${args}: ${stderr}`);
      assertMatch(stderr, /^Cannot [^\n]+\n[^\n]+\n$/);
      assertMatch(stderr, why);
    }
    const doctor = await this.run("doctor");
    const store = doctor.stdout.trim().split("\n")
      .map((line): Finding => JSON.parse(line))
      .find(({ name }) => name === "store");
    assertEquals([doctor.code, store?.status], [1, "failed"]);
    assertMatch(`${store?.summary}\n${store?.hint}`, why);
    assertEquals(await this.#contents(), before, "a file was changed");
  }

  /** A server starts, has all that was acknowledged, and takes more. */
  async works(): Promise<void> {
    await this.serve("SIGTERM", 1);
    await this.account.check(this.file);
  }

  async #contents(): Promise<[name: string, hash: string][]> {
    const names = filesIn(`${this.cwd}/data`).filter((name) =>
      !name.includes("-lock")
    );
    return await Promise.all(names.map(async (name) => {
      const bytes = await Deno.readFile(`${this.cwd}/data/${name}`);
      const hash = await crypto.subtle.digest("SHA-256", bytes);
      return [name, new Uint8Array(hash).toHex()] as [string, string];
    }));
  }

  get #options() {
    return { cwd: this.cwd, env };
  }
}

/** The end of the log: what lies behind it is of a round before, or was never committed. */
function frames({ file }: Store): number {
  const end = readIndex(`${file}-shm`);
  assert(end && end.frames > 4, `a log of ${end?.frames} frames`);
  return end.frames;
}

/** Turns a byte around in the frame half-way to the end of the log. */
async function flipMiddle(store: Store): Promise<void> {
  const before = Math.floor(frames(store) / 2);
  await flip(store.log, HEADER_BYTES + before * FRAME_BYTES + 1_000);
}

/** Cuts the log off before its last frame. */
async function cutLog(store: Store): Promise<void> {
  const before = frames(store) - 1;
  await Deno.truncate(store.log, HEADER_BYTES + before * FRAME_BYTES);
}

/** Takes the last bytes off a file. */
async function cut(path: string, bytes: number): Promise<void> {
  await Deno.truncate(path, (await Deno.stat(path)).size - bytes);
}

/** Turns a byte of a file around. */
async function flip(path: string, offset: number): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  await file.seek(offset, Deno.SeekMode.Start);
  const byte = new Uint8Array(1);
  await file.read(byte);
  await file.seek(offset, Deno.SeekMode.Start);
  await file.write(byte.map((value) => value ^ 0xff));
}

/** What is done to the files after `kill -9`, and what a start says. */
const AFTER_KILL: [
  name: string,
  damage: (store: Store) => Promise<unknown>,
  why: RegExp,
][] = [
  [
    "the log removed",
    ({ log }) => Deno.remove(log),
    /not closed in order, and its log is needed: .*-wal is missing\n.*--salvage/,
  ],
  [
    "all but the database removed",
    async ({ log, file }) => {
      await Deno.remove(log);
      await Deno.remove(`${file}-shm`);
      await Deno.remove(`${file}-lock`);
    },
    /-wal is missing\n/,
  ],
  ["the log emptied", ({ log }) => Deno.truncate(log), /-wal is empty\n/],
  [
    "the log's header flipped",
    ({ log }) => flip(log, 13),
    /-wal is damaged at its beginning\n/,
  ],
  [
    "the log damaged half-way",
    flipMiddle,
    /-wal is damaged after \d+ frames\n/,
  ],
  [
    "the log damaged half-way, without its index",
    async (store) => {
      await flipMiddle(store);
      await Deno.remove(`${store.file}-shm`);
    },
    /-wal is damaged after \d+ frames\n/,
  ],
  [
    "the log's first frame damaged",
    ({ log }) => flip(log, HEADER_BYTES + 1_000),
    /-wal is damaged after 0 frames\n/,
  ],
  [
    "the end of the log cut off",
    cutLog,
    /-wal is damaged after \d+ frames\n/,
  ],
  [
    "the database removed",
    ({ file }) => Deno.remove(file),
    /inbox\.db is missing or empty, and .*-wal is still there\n/,
  ],
  [
    "the database emptied",
    ({ file }) => Deno.truncate(file),
    /inbox\.db is missing or empty, and .*-wal is still there\n/,
  ],
  [
    "the database and the log emptied",
    async ({ file, log }) => {
      await Deno.truncate(file);
      await Deno.truncate(log);
    },
    /inbox\.db is missing or empty, and .*-wal is still there\n/,
  ],
  [
    "the database and the log removed",
    async ({ file, log }) => {
      await Deno.remove(file);
      await Deno.remove(log);
    },
    /inbox\.db is missing or empty, and .*-shm is still there\n/,
  ],
  [
    "nothing but the lock left",
    async ({ file, log }) => {
      await Deno.remove(file);
      await Deno.remove(log);
      await Deno.remove(`${file}-shm`);
    },
    /inbox\.db is missing or empty, and .*-lock is still there\n/,
  ],
];

for (const [i, [name, damage, why]] of AFTER_KILL.entries()) {
  Deno.test(`a start is refused after kill -9 with ${name}`, async () => {
    await using dir = await TempDir.make();
    const store = new Store(dir);
    await store.serve("SIGTERM");
    await store.serve("SIGKILL");
    await damage(store);
    // All commands look in the same way: each has its turn, beside the server.
    const other = COMMANDS[1 + i % (COMMANDS.length - 1)]!;
    await store.refuses(why, [COMMANDS[0]!, other]);
  });
}

Deno.test("a start is refused after kill -9 with an older copy of the log", async () => {
  await using dir = await TempDir.make();
  const store = new Store(dir);
  {
    const options = { cwd: dir.path, env };
    await using server = await ServerProcess.start(["serve"], options);
    await store.account.deliver(server.url);
    await Deno.copyFile(store.log, `${dir.path}/older`);
    let isNext = false;
    const next = nextRound(store.log).then(() => isNext = true);
    while (!isNext) await store.account.deliver(server.url);
    await next;
    await store.account.deliver(server.url);
    server.kill("SIGKILL");
    await server.ended();
  }
  await Deno.rename(store.log, `${dir.path}/newer`);
  await Deno.copyFile(`${dir.path}/older`, store.log);
  await store.refuses(/inbox\.db-wal is older than what the last process/);
  await Deno.rename(`${dir.path}/newer`, store.log);
  await store.works();
});

Deno.test("a store whose log is put back has lost nothing", async () => {
  await using dir = await TempDir.make();
  const store = new Store(dir);
  await store.serve("SIGKILL");
  await Deno.rename(store.log, `${store.log}.away`);
  await store.refuses(/-wal is missing/);
  await Deno.rename(`${store.log}.away`, store.log);
  await store.works();
});

Deno.test("backup --salvage copies what is left, and the copy serves", async () => {
  await using dir = await TempDir.make();
  const store = new Store(dir);
  await store.serve("SIGTERM");
  const { size } = store.account;
  await store.serve("SIGKILL");
  await flipMiddle(store);
  const { code, stdout, stderr } = await store.run(
    "backup",
    "left.db",
    "--salvage",
  );
  assertEquals(code, 0, stderr);
  assertMatch(stderr, /^Salvaged without what is lost: .*damaged after.*\n$/);
  const made = JSON.parse(stdout);
  assert(made.events > size && made.events < store.account.size, stdout);
  await store.refuses(/damaged after/);

  await Deno.remove(`${dir.path}/data`, { recursive: true });
  await Deno.mkdir(`${dir.path}/data`);
  await Deno.rename(`${dir.path}/left.db`, store.file);
  await store.serve("SIGTERM", 1);
  const listed = await store.run("events", "--limit=1000");
  assertEquals(listed.stdout.trim().split("\n").length, made.events + 1);
});

Deno.test("a restored backup does not take the log of what it replaces", async () => {
  await using dir = await TempDir.make();
  const store = new Store(dir);
  await store.serve("SIGTERM");
  assertEquals((await store.run("backup", "kept.db")).code, 0);
  await store.serve("SIGKILL");
  await Deno.remove(store.file);
  await Deno.copyFile(`${dir.path}/kept.db`, store.file);
  await store.refuses(/closed in order, and .*-wal is that of another/);

  await Deno.remove(store.log);
  await Deno.remove(`${store.file}-shm`);
  await store.serve("SIGTERM", 1);
});

Deno.test("a copy of a database alone, made under a server, is refused", async () => {
  await using dir = await TempDir.make();
  const store = new Store(dir);
  await store.serve("SIGTERM");
  {
    await using server = await ServerProcess.start(["serve"], {
      cwd: dir.path,
      env,
    });
    await store.account.deliver(server.url);
    await Deno.copyFile(store.file, `${dir.path}/copy.db`);
    await server.stop();
  }
  const args = ["serve", "--port=0", "--store=sqlite:copy.db"];
  const { code, stderr } = await store.run(...args);
  assertEquals(code, 1);
  assertMatch(stderr, /its log is needed: .*copy\.db-wal is missing/);
  await store.works();
});

Deno.test("a database that is cut off is refused", async () => {
  await using dir = await TempDir.make();
  const store = new Store(dir);
  await store.serve("SIGTERM");
  await cut(store.file, PAGE_BYTES);
  await store.refuses(/inbox\.db is shorter than it was: page \d+ of \d+/);
});

Deno.test("what was closed in order needs nothing beside it", async () => {
  await using dir = await TempDir.make();
  const store = new Store(dir);
  const expected = ["inbox.db", "inbox.db-lock", "inbox.db.audit.jsonl"];
  let left: string[] = [];
  // A thread that reads at that moment may be the last to close, and leaves the log.
  for (let tries = 0; tries < 8; tries++) {
    await store.serve("SIGTERM");
    left = filesIn(`${dir.path}/data`);
    if (left.length === expected.length) break;
  }
  assertEquals(left, expected);
  await Deno.remove(`${store.file}-lock`);
  await store.works();
});

Deno.test("an end in the middle of a start or of a close is no loss", async () => {
  await using dir = await TempDir.make();
  const store = new Store(dir);
  for (let round = 0; round < 12; round++) {
    const server = await ServerProcess.start(["serve"], { cwd: dir.path, env });
    assertEquals(await store.account.deliver(server.url), 200);
    server.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, round * 4));
    try {
      server.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await server.ended();
  }
  await store.works();
});

Deno.test("a store that is read over stops, kills and starts is no loss", async () => {
  await using dir = await TempDir.make();
  const store = new Store(dir);
  await store.serve("SIGTERM", 1);
  const reader = new DatabaseSync(store.file, { readOnly: true });
  try {
    for (const signal of ["SIGTERM", "SIGKILL", "SIGTERM"] as const) {
      // An old snapshot keeps the log from being moved and removed.
      reader.exec("BEGIN; SELECT * FROM server");
      await store.serve(signal, 5);
      reader.exec("COMMIT");
      reader.prepare("SELECT count(*) FROM events").get();
      await store.serve(signal, 5);
    }
  } finally {
    reader.close();
  }
  await store.works();
});
