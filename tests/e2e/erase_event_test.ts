/** Erasure of what has no object, and of one event alone. */

import { putBack } from "../support/store_files.ts";
import { assertEquals, assertMatch } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
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
import { personBody } from "../support/person_event.ts";
import { runProgram } from "../support/program.ts";
import { recorded } from "../support/recorded.ts";
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
  await putBack(`${dir.path}/copy.db`, `${data}/inbox.db`);
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

Deno.test("what tells of a redaction is delivered, also after a pause or as a dead letter", async () => {
  await using app = new EchoReceiver(() => new Response(null, { status: 503 }));
  await using setup = await setUpErasing({
    destinations: [
      { name: "app", exec: ["cat"], events: ["*", "inbox.*"] },
      { name: "fails", url: app.url, attemptsMax: 1 },
    ],
  });
  const { options } = setup;
  const run = (...args: string[]) => runProgram(args, options);
  await using server = await ServerProcess.start(["serve"], options);
  const person = { canary: JANE, objectId: "inq_jane" };
  await deliver(server.url, personBody({ ...person, id: "evt_1" }));
  await server.logged(/"delivered","eventId":"evt_1"/);
  assertEquals((await run("pause", "app")).code, 0);
  const redacted = {
    ...person,
    canary: "gone",
    createdAt: "2024-02-16T00:00:00.000Z",
    redactedAt: "2024-02-16T00:00:00.000Z",
  };
  for (const id of ["evt_9", "evt_10"]) {
    const name = "inquiry.redacted";
    await deliver(server.url, personBody({ ...redacted, id, name }));
  }
  await server.logged(/"msg":"erased","events":1,"eventId":"evt_9"/);
  const { evt_1, evt_9, evt_10 } = await statuses(options);
  assertEquals(evt_1, "erased");
  for (const status of [evt_9, evt_10]) assertMatch(status, /pending|dead/);
  assertEquals((await run("resume", "app")).code, 0);
  for (const id of ["evt_9", "evt_10"]) {
    const line = `"delivered","eventId":"${id}".*"destination":"app"`;
    await recorded(server, new RegExp(line));
  }
  await server.logged(
    /"delivered","eventId":"evt_inbox_[^\n]*"destination":"app"/,
  );
  await recorded(server, /"eventId":"evt_10".*"destination":"fails"/);
  assertEquals((await statuses(options)).evt_10, "dead");
  const { stdout } = await run("events", "evt_10", "--reveal");
  assertMatch(stdout, /redacted-at/);
  assertEquals((await run("replay", "evt_10", "--destination=fails")).code, 0);
  assertEquals(await server.stop(), 0);
  const bodies = app.received.map(({ body }) => new TextDecoder().decode(body));
  assertEquals(bodies.filter((one) => one.includes('"evt_10"')).length, 2);
});
