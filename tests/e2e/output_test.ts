/** What becomes of output that nobody takes. */

import { assertEquals } from "@std/assert";
import { runProgram } from "../support/program.ts";
import { makeStore } from "../support/store_files.ts";
import { delivery } from "../support/deliveries.ts";
import { TempDir } from "../support/temp_dir.ts";

const COMMANDS = [["--version"], ["--help"], ["send", "--help"], ["events"]];

async function storeIn(dir: TempDir): Promise<void> {
  await Deno.mkdir(`${dir.path}/data`);
  await makeStore(`${dir.path}/data/inbox.db`, [delivery("evt_1")]);
}

Deno.test("output that a reader does not wait for is no fault", async () => {
  await using dir = await TempDir.make();
  await storeIn(dir);
  // The reader ends before anything can be written.
  const prelude = "exec > >(exit); wait $!";
  for (const args of COMMANDS) {
    const result = await runProgram(args, { cwd: dir.path, prelude });
    assertEquals([result.code, result.stderr], [0, ""], args.join(" "));
  }
});

Deno.test({
  name: "output that cannot be written is told in clear words, exit 1",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using dir = await TempDir.make();
    await storeIn(dir);
    const prelude = "exec > /dev/full";
    for (const args of COMMANDS) {
      const result = await runProgram(args, { cwd: dir.path, prelude });
      assertEquals(
        [result.code, result.stderr],
        [
          1,
          "Cannot write the output: No space left on device (os error 28)\n" +
          "Free space where it goes, or write it elsewhere\n",
        ],
        args.join(" "),
      );
    }
  },
});
