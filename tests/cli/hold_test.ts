import { assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { delivery } from "../support/deliveries.ts";
import { FakeIo } from "../support/fake_io.ts";
import { makeStore } from "../support/store_files.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test("hold of an id of which nothing is stored says so once, on a terminal or not", async () => {
  for (const isTerminal of [true, false]) {
    await using dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    await makeStore(path, [delivery("evt_1")]);
    const io = new FakeIo({ isTerminal });
    const args = ["hold", "user-7", "--reason=a", "--store", `sqlite:${path}`];
    assertEquals(await run(args, io), 0, io.err);
    const said = `${io.out}${io.err}`;
    assertEquals(said.match(/no payload of/gi)?.length, 1, said);
    assertEquals(said.match(/A reference needs --reference/g)?.length, 1);
  }
});
