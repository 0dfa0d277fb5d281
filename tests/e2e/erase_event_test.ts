/** Erasure of what has no object, and of one event alone. */

import { assertEquals, assertMatch } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import {
  assertGone,
  deliverAll,
  filesWith,
  JANE,
  JANES_ACCOUNT,
  JANES_REFERENCE,
  setUpErasing,
  statuses,
} from "../support/erasing.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";

/** Bodies that are no event's, which name a person somehow. */
const UNRECOGNIZED = [
  { reference_id: JANES_REFERENCE, name: JANE },
  { list: [{ "account-id": JANES_ACCOUNT }], name: JANE },
  { about: "nobody known", name: `${JANE}-alone` },
];

Deno.test("erase reaches bodies that are no event's, by what they name or their own id", async () => {
  await using setup = await setUpErasing();
  const { options, data } = setup;
  await using server = await ServerProcess.start(["serve"], options);
  for (const body of UNRECOGNIZED) {
    const { status } = await deliver(server.url, JSON.stringify(body));
    assertEquals(status, 200);
  }
  const { stdout } = await runProgram(["events", "--json"], options);
  const ids: string[] = stdout.trim().split("\n")
    .map((line) => JSON.parse(line).id).reverse();
  const erase = (...args: string[]) =>
    runProgram(["erase", ...args, "--yes"], options);
  assertEquals((await erase(`--reference=${JANES_REFERENCE}`)).code, 0);
  const expect = async (...expected: string[]) => {
    const all = await statuses(options);
    assertEquals(ids.map((id) => all[id]), expected);
  };
  await expect("erased", "none", "none");
  assertEquals((await erase(`--account=${JANES_ACCOUNT}`)).code, 0);
  await expect("erased", "erased", "none");
  assertEquals((await erase(`--object=${ids[2]}`)).code, 0);
  await expect("erased", "erased", "erased");
  await assertGone(data);
  assertEquals(await server.stop(), 0);
});

Deno.test("erase of an event by its own id leaves the others of its object, and a restored backup too", async () => {
  await using setup = await setUpErasing();
  const { options, data, dir } = setup;
  {
    await using server = await ServerProcess.start(["serve"], options);
    await deliverAll(server);
    assertEquals((await runProgram(["backup", "copy.db"], options)).code, 0);
    const args = ["erase", "--object=evt_2", "--yes"];
    const { code, stdout } = await runProgram(args, options);
    assertEquals([code, JSON.parse(stdout).events], [0, 1]);
    assertEquals(await filesWith(data, JANES_REFERENCE), []);
    const again = await runProgram(args, options);
    assertMatch(again.stderr, /Nothing to erase/);
    assertEquals(await server.stop(), 0);
  }
  await Deno.rename(`${dir.path}/copy.db`, `${data}/inbox.db`);
  await using server = await ServerProcess.start(["serve"], options);
  const { evt_1, evt_2, evt_3, evt_4 } = await statuses(options);
  assertEquals([evt_1, evt_2, evt_3, evt_4], [
    "done",
    "erased",
    "done",
    "done",
  ]);
  assertEquals(await server.stop(), 0);
  assertEquals(await filesWith(data, JANES_REFERENCE), []);
});
