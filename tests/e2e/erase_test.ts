/** Erasure of a person, looked for in every byte of every file. */

import { putBack } from "../support/store_files.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import {
  assertGone,
  deliverAll,
  EVENTS,
  filesWith,
  isDelivered,
  JANE,
  JANES_ACCOUNT as ACCOUNT,
  JANES_REFERENCE,
  JOHN,
  PERSON,
  setUpErasing as setUp,
  statuses,
} from "../support/erasing.ts";
import { personBody } from "../support/person_event.ts";
import { type RunOptions, runProgram } from "../support/program.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventually } from "../support/within.ts";

const ERASED = { evt_1: "erased", evt_2: "erased", evt_3: "erased" };

Deno.test("erase reaches all that belongs to a person, in every byte, while the server runs", async () => {
  await using setup = await setUp();
  const { options, data, receiver } = setup;
  await using server = await ServerProcess.start(["serve"], options);
  await deliverAll(server);
  assert((await filesWith(data, JANE)).length > 0, "it is stored at first");
  const target = ["erase", `--reference=${JANES_REFERENCE}`];
  const dry = await runProgram([...target, "--dry-run"], options);
  assertEquals([dry.code, dry.stderr], [0, ""]);
  const { objects, events, dryRun } = JSON.parse(dry.stdout);
  assertEquals([events, dryRun], [3, true]);
  assertEquals(
    objects.map(({ id }: { id: string }) => id).sort(),
    [ACCOUNT, "inq_jane", "ver_jane"],
  );
  assert((await filesWith(data, JANE)).length > 0, "a dry run erases nothing");
  const unasked = await runProgram(target, options);
  assertEquals([unasked.code, unasked.stdout], [2, ""]);
  assertMatch(unasked.stderr, /must be confirmed.*: add --yes/);
  assert((await filesWith(data, JANE)).length > 0, "nothing is confirmed");
  const erased = await runProgram([...target, "--yes"], options);
  assertEquals([erased.code, erased.stderr], [0, ""]);
  await assertGone(data);
  assertEquals((await filesWith(data, JOHN)).length > 0, true);
  const { evt_4, ...rest } = await statuses(options);
  assertEquals([evt_4, Object.entries(rest).length], ["done", 4]);
  assertEquals({ ...rest, ...ERASED }, rest);
  // Destinations learn ids, once.
  await server.logged(/"msg":"delivered","eventId":"evt_inbox_/);
  const news = receiver.received.map(({ body }) =>
    JSON.parse(new TextDecoder().decode(body))
  ).filter(({ data }) => data.attributes.name === "inbox.erased");
  assertEquals(news.length, 1);
  const { attributes } = news[0].data.attributes.payload.data;
  assertEquals(attributes["event-ids"].sort(), ["evt_1", "evt_2", "evt_3"]);
  // A duplicate brings nothing back.
  const again = await deliver(server.url, personBody(EVENTS[1]!));
  assertEquals(again.status, 200);
  await assertGone(data);
  const shown = await runProgram(["events", "evt_2", "--reveal"], options);
  assertEquals(JSON.parse(shown.stdout).body, null);
  const replay = await runProgram(["replay", "evt_2", "--again"], options);
  assertEquals(replay.stdout.includes(JANE), false);
  assertMatch(replay.stderr, /payloads of what is selected were erased/);
  const to = `http://127.0.0.1:${receiver.port}/`;
  const sent = await runProgram(["replay", "evt_2", "--to", to], options);
  assertEquals(sent.code, 1);
  assertMatch(sent.stderr, /its payload was erased/);
  const alarm = ["events", "--name", "inbox.store-failing"];
  assertEquals((await runProgram(alarm, options)).stdout, "");
  server.kill("SIGKILL");
  await server.ended();
  await assertGone(data);
  await using next = await ServerProcess.start(["serve"], options);
  const all = await statuses(options);
  assertEquals({ ...all, ...ERASED }, all);
  assertEquals(await next.stop(), 0);
  await assertGone(data);
});

Deno.test("erase works without a server, and needs one of its targets", async () => {
  await using setup = await setUp();
  const { options, data } = setup;
  const absent = await runProgram(
    ["erase", "--object=inq_1", "--yes"],
    options,
  );
  assertEquals(absent.code, 1);
  assertMatch(absent.stderr, /no store/);
  {
    await using server = await ServerProcess.start(["serve"], options);
    await deliverAll(server);
    assertEquals(await server.stop(), 0);
  }
  const nothing = await runProgram(["erase"], options);
  assertEquals(nothing.code, 2);
  assertMatch(nothing.stderr, /erase needs exactly one of --object ID/);
  const unknown = await runProgram(["erase", "--object=inq_none"], options);
  assertEquals(unknown.code, 1);
  assertMatch(unknown.stderr, /Nothing to erase/);
  const cut = await runProgram(["erase", "--object=inq_jan", "--yes"], options);
  assertEquals(cut.code, 1, "the beginning of an id could be anybody's");
  assertMatch(cut.stderr, /Nothing to erase/);
  const erased = await runProgram(
    ["erase", `--account=${ACCOUNT}`, "--yes"],
    options,
  );
  assertEquals([erased.code, erased.stderr], [0, ""]);
  await assertGone(data);
  // Of what found nothing there is no record.
  const records = await erasures(options);
  assertEquals(records.map(({ by }) => by), [`user ${Deno.uid()}`]);
  assertMatch(records[0]?.detail ?? "", /^erasure 3: \d+ events of .*inq_jane/);
  await using server = await ServerProcess.start(["serve"], options);
  await server.logged(/"msg":"delivered","eventId":"evt_inbox_/);
  assertEquals(await server.stop(), 0);
});

/** What the audit trail has of erasures, latest first. */
async function erasures(
  options: RunOptions,
): Promise<{ by: string; detail: string | null }[]> {
  const { stdout } = await runProgram(["audit", "--limit=100"], options);
  return stdout.trim().split("\n").map((line) => JSON.parse(line))
    .filter(({ act }) => act === "erase");
}

Deno.test("erase reaches what names an inquiry that moved between accounts, and says where it stops", async () => {
  await using setup = await setUp();
  const { options } = setup;
  await using server = await ServerProcess.start(["serve"], options);
  const inquiry = { objectId: "inq_moved", reference: "ref-moved" };
  for (
    const event of [
      { ...inquiry, id: "evt_m1", account: "act_before" },
      { ...inquiry, id: "evt_m2", account: "act_after" },
      {
        id: "evt_m3",
        objectId: "ver_moved",
        name: "verification.passed",
        inquiry: "inq_moved",
      },
      { id: "evt_m4", objectId: "inq_other", account: "act_after" },
    ]
  ) {
    assertEquals((await deliver(server.url, personBody(event))).status, 200);
  }
  for (
    const target of [
      "--object=inq_moved",
      "--object=ver_moved",
      "--account=act_before",
      "--reference=ref-moved",
    ]
  ) {
    const args = ["erase", target, "--dry-run"];
    const { stdout, stderr } = await runProgram(args, options);
    const { objects, notFollowed } = JSON.parse(stdout);
    const ids = objects.map(({ id }: { id: string }) => id).sort();
    assertEquals(ids, ["inq_moved", "ver_moved"], target);
    assertEquals(notFollowed, ["inq_moved"]);
    assertMatch(stderr, /Not followed: .* named together by inq_moved\./);
  }
  assertEquals(await server.stop(), 0);
});

Deno.test("erase of one person leaves the other people of a case alone", async () => {
  await using setup = await setUp();
  const { options } = setup;
  await using server = await ServerProcess.start(["serve"], options);
  for (const who of ["one", "two"]) {
    const person = { account: `act_${who}`, reference: `ref-${who}` };
    for (
      const event of [
        { ...person, id: `evt_i${who}`, objectId: `inq_${who}` },
        {
          ...person,
          id: `evt_a${who}`,
          objectId: `act_${who}`,
          name: "account.created",
        },
      ]
    ) {
      assertEquals((await deliver(server.url, personBody(event))).status, 200);
    }
  }
  const shared = personBody({
    id: "evt_case",
    objectId: "case_1",
    name: "case.created",
    inquiries: ["inq_one", "inq_two"],
  });
  assertEquals((await deliver(server.url, shared)).status, 200);
  for (
    const target of [
      "--reference=ref-one",
      "--object=inq_one",
      "--account=act_one",
    ]
  ) {
    const args = ["erase", target, "--dry-run"];
    const { stdout } = await runProgram(args, options);
    const { objects, notFollowed } = JSON.parse(stdout);
    const ids = objects.map(({ id }: { id: string }) => id).sort();
    assertEquals(ids, ["act_one", "case_1", "inq_one"], target);
    assertEquals(notFollowed, ["case_1"]);
  }
  const nobody = await runProgram(
    ["erase", "--reference=ref-none", "--yes"],
    options,
  );
  assertEquals([nobody.code, nobody.stdout], [1, ""]);
  assertMatch(nobody.stderr, /Nothing to erase/);
  assertEquals(await server.stop(), 0);
});

Deno.test("a restored backup erases again what was erased since, before it can be read", async () => {
  await using setup = await setUp();
  const { options, data, dir } = setup;
  await using server = await ServerProcess.start(["serve"], options);
  await deliverAll(server);
  const backup = await runProgram(["backup", "copy.db"], options);
  assertEquals(backup.code, 0, backup.stderr);
  const erased = await runProgram(
    ["erase", "--object=inq_jane", "--yes"],
    options,
  );
  assertEquals(erased.code, 0, erased.stderr);
  assertEquals(await server.stop(), 0);
  await putBack(`${dir.path}/copy.db`, `${data}/inbox.db`);
  assert((await filesWith(data, JANE)).length > 0, "the backup has it");
  const refused = await runProgram(["events"], options);
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertMatch(refused.stderr, /older than the log of its erasures/);
  await using next = await ServerProcess.start(["serve"], options);
  const all = await statuses(options);
  assertEquals({ ...all, ...ERASED }, all);
  assertEquals(await next.stop(), 0);
  await assertGone(data);
});

Deno.test("a *.redacted event erases what came before it, and is delivered itself", async () => {
  const redacted = personBody({
    id: "evt_9",
    objectId: "inq_jane",
    name: "inquiry.redacted",
    createdAt: "2024-02-16T00:00:00.000Z",
    redactedAt: "2024-02-16T00:00:00.000Z",
    canary: "gone",
  });
  for (const onRedacted of ["erase", "keep"]) {
    await using setup = await setUp({ onRedacted });
    const { options } = setup;
    await using server = await ServerProcess.start(["serve"], options);
    await deliverAll(server);
    assertEquals((await deliver(server.url, redacted)).status, 200);
    await isDelivered(server, "evt_9");
    if (onRedacted === "erase") {
      await server.logged(/"msg":"erased","events":2/);
    }
    const records = onRedacted === "erase" ? ["evt_9"] : [];
    assertEquals((await erasures(options)).map(({ by }) => by), records);
    // Those of the inquiry and its verification; the account is redacted by itself.
    const expected = onRedacted === "erase" ? "erased" : "done";
    // What is older and comes later, or again by another id, is handed to nobody.
    const late = personBody({ ...EVENTS[1]!, id: "evt_late" });
    assertEquals((await deliver(server.url, late)).status, 200);
    const newer = { ...EVENTS[1]!, createdAt: "2024-02-17T00:00:00.000Z" };
    await deliver(server.url, personBody({ ...newer, id: "evt_newer" }));
    await isDelivered(server, "evt_newer");
    const { evt_1, evt_2, evt_3, evt_9, evt_late, evt_newer } = await statuses(
      options,
    );
    assertEquals([evt_1, evt_2, evt_3, evt_9, evt_late, evt_newer], [
      "done",
      expected,
      expected,
      "done",
      expected,
      "done",
    ]);
    const isSent = setup.receiver.received.some(({ body }) =>
      new TextDecoder().decode(body).includes('"evt_late"')
    );
    assertEquals(isSent, onRedacted === "keep");
    assertEquals(await server.stop(), 0);
  }
});

Deno.test("an erasure that is killed anywhere is finished by the next start", async () => {
  const random = new SeededRandom(Number(Deno.env.get("INBOX_TEST_SEED") ?? 7));
  await using setup = await setUp();
  const { options, data, dir } = setup;
  {
    await using server = await ServerProcess.start(["serve"], options);
    for (let i = 0; i < 60; i++) {
      const event = { ...PERSON, id: `evt_n${i}`, objectId: `inq_n${i}` };
      await deliver(server.url, personBody(event));
    }
    for (let i = 0; i < 60; i++) await isDelivered(server, `evt_n${i}`);
    const { code } = await runProgram(["backup", "copy.db"], options);
    assertEquals([code, await server.stop()], [0, 0]);
  }
  const runs = Number(Deno.env.get("INBOX_TEST_KILLS") ?? 6);
  let finished = 0;
  for (let run = 0; run < runs; run++) {
    await Deno.remove(data, { recursive: true });
    await Deno.mkdir(data);
    await putBack(`${dir.path}/copy.db`, `${data}/inbox.db`);
    await using server = await ServerProcess.start(["serve"], options);
    const erase = runProgram(
      ["erase", `--account=${ACCOUNT}`, "--yes"],
      options,
    );
    let hasEnded = false;
    void erase.finally(() => hasEnded = true);
    const hasLog = () =>
      Deno.stat(`${data}/inbox.erasures`).then(
        ({ size }) => size > 0,
        () => false,
      );
    // Every second one once it has begun: a slow machine begins late.
    const isTimed = run % 2 === 1;
    while (!isTimed && !hasEnded && !await hasLog());
    const delayMs = isTimed ? 300 + random.below(500) : random.below(run + 1);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    server.kill("SIGKILL");
    await server.ended();
    const { code } = await erase;
    if (code === 0) finished++;
    const logged = await loggedIn(data);
    await using next = await ServerProcess.start(["serve"], options);
    // A kill amid the write of the log leaves a part: nobody was told that it was done.
    const isTorn = logged > 0 && logged < 60;
    if (isTorn) {
      assert(code !== 0, "told as erased");
      const again = ["erase", `--account=${ACCOUNT}`, "--yes"];
      assertEquals((await runProgram(again, options)).code, 0);
    }
    const all = Object.entries(await statuses(options))
      .filter(([id]) => id.startsWith("evt_n"));
    assertEquals(all.length, 60);
    const isErased = all.every(([, status]) => status === "erased");
    assert(isErased || logged === 0, "begun and not finished");
    if (isErased) {
      // What the kill left in the log is overwritten soon, before any orderly end.
      const isGone = async () => (await filesWith(data, JANE)).length === 0;
      await eventually(60_000, isGone, () => "what was erased to be gone");
    }
    assertEquals(await next.stop(), 0);
    if (isErased) await assertGone(data);
  }
  assert(finished < runs, "no run was killed on the way");
});

/** The number of entries in the log of erasures of a store; not one that is cut off. */
async function loggedIn(data: string): Promise<number> {
  try {
    const text = await Deno.readTextFile(`${data}/inbox.erasures`);
    return Math.max(0, text.split("\n").length - 2);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
