/** Who may not read a store, or not write beside it, is told so. */

import { assertEquals, assertMatch } from "@std/assert";
import { runAsOther, whyNoOther } from "../support/other_user.ts";
import { runProgram, type RunResult } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { Account } from "../support/deliver.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { execSql } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";
import { Tmpfs, whyNoTmpfs } from "../support/tmpfs.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET };
const noTmpfs = await whyNoTmpfs();
const noOther = await whyNoOther();

/** A name that means something in a URL. */
const NAME = "in box?#%41.db";

/** Runs a server on a store in a folder, as long as something is done. */
async function withServer(
  cwd: string,
  work: (server: ServerProcess) => Promise<void>,
): Promise<void> {
  const args = ["serve", `--store=sqlite:${NAME}`];
  await using server = await ServerProcess.start(args, { cwd, env });
  assertEquals(await new Account().deliver(server.url), 200);
  await work(server);
}

function assertListed({ code, stdout, stderr }: RunResult): void {
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^\{.*"id":"evt_1".*\}\n$/);
}

function assertRefused({ code, stdout, stderr }: RunResult): void {
  assertEquals([code, stdout], [1, ""]);
  assertMatch(
    stderr,
    /^Cannot open store at .+\nRun this as the user of .+\n$/,
  );
}

Deno.test({
  name: named(
    "events says what to do about a store on a read-only disk",
    noTmpfs,
  ),
  ignore: noTmpfs !== undefined,
  async fn() {
    await using disk = await Tmpfs.mount("8m");
    await withServer(disk.path, async (server) => {
      assertEquals(await server.stop(), 0);
    });
    // A thread that still had it open may have left the log, by which it can be read.
    execSql(`${disk.path}/${NAME}`, "SELECT count(*) FROM events");
    await disk.remount("ro");
    const args = ["events", "--json", "--store"];
    const options = { cwd: disk.path };
    assertRefused(await runProgram([...args, `sqlite:${NAME}`], options));

    await using own = await TempDir.make(); // As the hint has it.
    const copy = `${own.path}/${NAME}`;
    await Deno.copyFile(`${disk.path}/${NAME}`, copy);
    assertListed(await runProgram([...args, `sqlite:${copy}`], options));
  },
});

Deno.test({
  name: named("events looks into another user's store if it may", noOther),
  ignore: noOther !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    await Deno.chmod(dir.path, 0o755);
    const args = ["events", "--json", `--store=sqlite:${NAME}`];
    const list = () => runAsOther(args, { cwd: dir.path });
    await withServer(dir.path, async (server) => {
      assertRefused(await list()); // Its files are private.
      assertEquals(await server.stop(), 0);
    });
    await Deno.chmod(`${dir.path}/${NAME}`, 0o644);
    assertRefused(await list()); // SQLite cannot make the log.
    await withServer(dir.path, async () => assertListed(await list()));
  },
});

function named(name: string, why: string | undefined): string {
  return why === undefined ? name : `${name} (${why})`;
}
