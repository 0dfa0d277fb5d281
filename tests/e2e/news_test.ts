/** The inbox's own news reach a destination: once when they begin, once when over. */

import { assert, assertEquals } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { CANARY, eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { Tmpfs, whyNoTmpfs } from "../support/tmpfs.ts";
import { eventually } from "../support/within.ts";

const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "0" };
const reason = await whyNoTmpfs();

/** What a destination of `inbox.*` was told, as `dead-letter begun app`. */
function toldTo({ received }: EchoReceiver): string[] {
  return received.map(({ body, headers }) => {
    const text = new TextDecoder().decode(body);
    assert(!text.includes(CANARY), text);
    const { data } = JSON.parse(text);
    assertEquals(headers.get("idempotency-key"), data.id);
    const { name, payload } = data.attributes;
    const { status, destination = "" } = payload.data.attributes;
    return `${name.replace("inbox.", "")} ${status} ${destination}`.trim();
  });
}

async function told(chat: EchoReceiver, ...expected: string[]): Promise<void> {
  await eventually(
    60_000,
    () => expected.every((line) => toldTo(chat).includes(line)),
    () => `${expected}; told so far: ${toldTo(chat)}`,
  );
}

Deno.test("what happens to the inbox is told to a destination of inbox.*, once", async () => {
  await using dir = await TempDir.make();
  await using chat = new EchoReceiver();
  let status = 500;
  await using app = new EchoReceiver(() => new Response("", { status }));
  const destinations = [
    { name: "app", url: app.url, attemptsMax: 1 },
    { name: "chat", url: chat.url, events: ["inbox.*"] },
  ];
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  const options = { cwd: dir.path, env };
  const run = (...args: string[]) => runProgram(args, options);
  {
    await using server = await ServerProcess.start(["serve"], options);
    assert(!server.stderr.includes("matches no known event"), server.stderr);
    for (let n = 0; n < 3; n++) {
      const { status } = await deliver(server.url, eventText(`evt_${n}`));
      assertEquals(status, 200);
    }
    await told(chat, "dead-letter begun app");
    assertEquals((await run("pause", "app")).code, 0);
    await told(chat, "destination-paused begun app");
    for (let n = 0; n < 12; n++) {
      const secret = "wbhsec_another-secret";
      await deliver(server.url, eventText(), { secret });
    }
    await told(chat, "signatures-failing begun");
    await server.stop();
  }
  // What was told is known after a restart.
  status = 200;
  await using server = await ServerProcess.start(["serve"], options);
  assertEquals((await deliver(server.url, eventText("evt_9"))).status, 200);
  await told(chat, "signatures-failing over");
  assertEquals((await run("resume", "app")).code, 0);
  await told(chat, "destination-resumed over app");
  assertEquals((await run("replay", "--dead")).code, 0);
  await told(chat, "dead-letter over app");
  const lines = toldTo(chat).filter((line) => !line.startsWith("disk"));
  assertEquals(lines.toSorted(), [
    "dead-letter begun app",
    "dead-letter over app",
    "destination-paused begun app",
    "destination-resumed over app",
    "signatures-failing begun",
    "signatures-failing over",
  ]);
  // `*` does not include them, and they are stored as other events are.
  const names = app.received.map(({ headers }) =>
    headers.get("persona-inbox-event-name")
  );
  assertEquals(new Set(names), new Set(["inquiry.approved"]));
  const { stdout } = await run("events", "--name", "inbox.dead-letter");
  assertEquals(stdout.trim().split("\n").length, 2);
  const shown = await run("events", "evt_inbox_dead-letter_app_1");
  const { payload } = JSON.parse(shown.stdout).body.data.attributes;
  assertEquals(payload.data.attributes.destination, "app");
  assertEquals(await server.stop(), 0);
});

Deno.test("dead letters of news make no news", async () => {
  await using dir = await TempDir.make();
  await using chat = new EchoReceiver(() => new Response("", { status: 500 }));
  const destinations = [
    { name: "chat", url: chat.url, events: ["inbox.*"], attemptsMax: 1 },
  ];
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  const options = { cwd: dir.path, env };
  await using server = await ServerProcess.start(["serve"], options);
  const paused = await runProgram(["pause", "chat"], options);
  assertEquals(paused.code, 0);
  // It is told to itself, once it is resumed, and is a dead letter then.
  await server.logged(/"msg":"paused by command"/);
  await eventually(60_000, async () => {
    const { stdout } = await runProgram(["events"], options);
    return stdout.includes("inbox.destination-paused");
  }, () => "the news of the pause");
  assertEquals((await runProgram(["resume", "chat"], options)).code, 0);
  await server.logged(/("msg":"dead letter"[^]*){2}/);
  const { stdout } = await runProgram(["events"], options);
  assert(!stdout.includes("inbox.dead-letter"), stdout);
  assertEquals(await server.stop(), 0);
});

Deno.test({
  name: "a disk that is low, and a store that failed, are told when it works",
  ignore: reason !== undefined,
  async fn() {
    await using disk = await Tmpfs.mount("8m");
    await using chat = new EchoReceiver();
    const destinations = [
      { name: "chat", url: chat.url, events: ["inbox.*"] },
    ];
    const path = `${disk.path}/inbox.json`;
    await Deno.writeTextFile(path, JSON.stringify({ destinations }));
    const options = { cwd: disk.path, env };
    await using server = await ServerProcess.start(["serve"], options);
    await told(chat, "disk-low begun");
    {
      using file = await Deno.create(`${disk.path}/filler`);
      try {
        while (true) await file.write(new Uint8Array(4096));
      } catch {
        // It is full.
      }
    }
    for (let n = 0; !server.stderr.includes("store failed"); n++) {
      await deliver(server.url, eventText(`evt_${n}`, "x".repeat(100_000)));
    }
    await Deno.remove(`${disk.path}/filler`);
    await told(chat, "store-failing begun", "store-failing over");
    assertEquals(await server.stop(), 0);
  },
});
