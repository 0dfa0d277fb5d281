import { assertEquals, assertMatch } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { FakeIo } from "../support/fake_io.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test("migrate-store warns of a password in a flag, as other commands do", async () => {
  await using dir = await TempDir.make();
  const io = new FakeIo();
  const code = await run([
    "migrate-store",
    `--from=sqlite:${dir.path}/none.db`,
    "--to=postgres://inbox:hunter2@127.0.0.1:9000/inbox",
  ], io);
  assertEquals(code, 1);
  assertMatch(
    io.err,
    /^the password in --to is visible to other users of this machine, as in ps\. Set PGPASSWORD/,
  );
});
