/** Dead letters, and how they go out after all. */

import { assertEquals, assertMatch } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { runProgram } from "../support/program.ts";
import { recorded } from "../support/recorded.ts";
import { ServerProcess } from "../support/server_process.ts";
import { CANARY, eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const TOKEN = "token-of-the-local-listener";
const env = {
  PERSONA_WEBHOOK_SECRET: SECRET,
  INBOX_ADMIN_PORT: "0",
  INBOX_ADMIN_TOKEN: TOKEN,
};

/** A destination that is down, and a place for a server that gives up at once. */
async function setUp() {
  const dir = await TempDir.make();
  let status = 500;
  const destination = new EchoReceiver(() =>
    new Response(`column foo does not exist for ${CANARY}`, { status })
  );
  const app = { name: "app", url: destination.url, attemptsMax: 1 };
  await dir.write("inbox.json", JSON.stringify({ destinations: [app] }));
  return {
    options: { cwd: dir.path, env },
    destination,
    /** From now on it takes what it gets. */
    mend: () => void (status = 200),
    async [Symbol.asyncDispose]() {
      await destination[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

type Setup = Awaited<ReturnType<typeof setUp>>;

/** Delivers an event, which becomes a dead letter. */
async function makeDeadLetter(server: ServerProcess): Promise<void> {
  assertEquals((await deliver(server.url, eventText())).status, 200);
  await recorded(server, /"msg":"dead letter"/);
}

/** Both attempts as they are shown, and as the destination saw them. */
async function assertDelivered({ options, destination }: Setup) {
  const shown = await runProgram(["events", "evt_1"], options);
  assertEquals(shown.stdout.includes("Canary"), false, shown.stdout);
  const { status, dispatches } = JSON.parse(shown.stdout);
  assertEquals(status, "done");
  const [{ attempts }] = dispatches;
  assertEquals(
    attempts.map(({ number, code }: Record<string, number>) => [number, code]),
    [[1, 500], [2, 200]],
  );
  assertMatch(attempts[0].output, /^<string \d+>$/);
  assertEquals(
    destination.received.map(({ body }) => new TextDecoder().decode(body)),
    [eventText(), eventText()],
  );
}

Deno.test("replay --dead without a server: it goes out when one starts", async () => {
  await using setup = await setUp();
  const { options } = setup;
  {
    await using server = await ServerProcess.start(["serve"], options);
    await makeDeadLetter(server);
    assertEquals(await server.stop(), 0);
  }
  const replay = await runProgram(["replay", "--dead"], options);
  assertEquals([replay.code, replay.stderr], [0, ""]);
  assertEquals(JSON.parse(replay.stdout), {
    events: 1,
    dispatches: 1,
    destinations: { app: 1 },
    unknownIds: [],
    dryRun: false,
  });
  const listed = await runProgram(["events", "--status=pending"], options);
  assertEquals(JSON.parse(listed.stdout).id, "evt_1");

  setup.mend();
  await using server = await ServerProcess.start(["serve"], options);
  await recorded(server, /"msg":"delivered"/);
  assertEquals(await server.stop(), 0);
  await assertDelivered(setup);
});

Deno.test("replay --dead beside a server: it goes out at once", async () => {
  await using setup = await setUp();
  const { options } = setup;
  await using server = await ServerProcess.start(["serve"], options);
  await makeDeadLetter(server);
  setup.mend();

  const stranger = { ...options, env: { ...env, INBOX_ADMIN_TOKEN: "" } };
  const refused = await runProgram(["replay", "--dead"], stranger);
  assertEquals([refused.code, refused.stdout], [1, ""]);
  assertMatch(refused.stderr, /answered 401\nSet INBOX_ADMIN_TOKEN .*\n$/);

  const dry = await runProgram(["replay", "--dead", "--dry-run"], options);
  assertEquals([dry.code, dry.stderr], [0, ""]);
  assertEquals(JSON.parse(dry.stdout).dispatches, 1);
  const replay = await runProgram(["replay", "evt_1", "evt_9"], options);
  assertEquals(replay.code, 1);
  assertMatch(replay.stderr, /^No event evt_9 in .*\n.*\n$/);
  assertEquals(JSON.parse(replay.stdout), {
    events: 1,
    dispatches: 1,
    destinations: { app: 1 },
    unknownIds: ["evt_9"],
    dryRun: false,
  });
  await recorded(server, /"msg":"delivered"/);
  await assertDelivered(setup);
  assertEquals(await server.stop(), 0);
  assertEquals(server.stderr.includes(TOKEN), false);
});

Deno.test("replay beside a server without a local listener says what to do", async () => {
  await using setup = await setUp();
  const options = {
    ...setup.options,
    env: { ...env, INBOX_ADMIN_PORT: "off" },
  };
  await using server = await ServerProcess.start(["serve"], options);
  await makeDeadLetter(server);
  const replay = await runProgram(["replay", "--dead"], options);
  assertEquals([replay.code, replay.stdout], [1, ""]);
  assertMatch(replay.stderr, /local listener\n.*INBOX_ADMIN_PORT.*\n$/);
  assertEquals(await server.stop(), 0);
});
