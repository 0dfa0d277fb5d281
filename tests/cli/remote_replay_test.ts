import { assertEquals, assertRejects } from "@std/assert";
import { replayByServer } from "../../lib/cli/remote_replay.ts";
import { InboxError } from "../../lib/errors.ts";
import type { ReplayRequest } from "../../lib/store/event_filter.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { FakeIo } from "../support/fake_io.ts";
import { LocalRig, ORIGIN } from "../support/local_rig.ts";

const TOKEN = "token-of-the-local-listener";

/** The local listener over a dead letter and an event that was never dispatched. */
async function makeRig(): Promise<LocalRig> {
  const rig = await LocalRig.make({ token: TOKEN });
  const seq = await rig.open.accept(delivery("evt_dead"), ["app"]);
  const dead = { status: "dead", outcome: "timeout" } as const;
  await rig.open.record(attempt({ seq, destination: "app" }, dead));
  await rig.open.accept(delivery("evt_new", { objectId: "inq_2" }));
  return rig;
}

function ask(
  request: ReplayRequest,
  rig: LocalRig,
  { isDryRun = false, token = TOKEN } = {},
) {
  const io = new FakeIo();
  io.fetch = async (request) =>
    await rig.listener.handle(request, {
      requestId: "request-1",
      remoteAddress: () => "127.0.0.1",
      isStopping: () => false,
    });
  const server = { localUrl: ORIGIN, token };
  return replayByServer(request, { server, isDryRun }, io);
}

Deno.test("replayByServer() asks as the local listener wants to be asked", async () => {
  const table: [request: ReplayRequest, events: number, pending: string[]][] = [
    [{ isDead: true }, 1, ["1 app"]],
    [{ ids: ["evt_new"] }, 0, []],
    [{ ids: ["evt_new"], isAgain: true }, 1, ["2 app", "2 notify"]],
    [{ objectId: "inq_2", destination: "app", isAgain: true }, 1, ["2 app"]],
    [{ receivedSinceMs: 0, names: ["inquiry.*"], isAgain: true }, 2, [
      "1 app",
      "1 notify",
      "2 app",
      "2 notify",
    ]],
    [{ receivedUntilMs: 0 }, 0, []],
    [{ receivedUntilMs: -1 }, 0, []],
    [{ receivedSinceMs: 1_760_000_000_000 }, 0, []],
  ];
  for (const [request, events, pending] of table) {
    await using rig = await makeRig();
    const destinations: Record<string, number> = {};
    for (const one of pending) {
      const [, name = ""] = one.split(" ");
      destinations[name] = (destinations[name] ?? 0) + 1;
    }
    const dispatches = pending.length;
    const expected = { events, dispatches, destinations, unknownIds: [] };
    const about = JSON.stringify(request);
    const pendingNow = async () => {
      const states = await rig.open.reader.dispatches([1, 2]);
      return [...states].flatMap(([seq, dispatches]) =>
        dispatches.filter(({ status }) => status === "pending")
          .map(({ destination }) => `${seq} ${destination}`)
      );
    };
    assertEquals(await ask(request, rig, { isDryRun: true }), expected, about);
    assertEquals(await pendingNow(), []);
    assertEquals(await ask(request, rig), expected, about);
    assertEquals(await pendingNow(), pending, about);
  }
});

Deno.test("replayByServer() tells which ids are not there", async () => {
  await using rig = await makeRig();
  const request = { ids: ["evt_9", "evt_new", "evt_8"], isDead: true };
  assertEquals((await ask(request, rig)).unknownIds, ["evt_9", "evt_8"]);
});

Deno.test("replayByServer() passes on why the server refuses", async () => {
  await using rig = await makeRig();
  const table: [request: ReplayRequest, token: string, message: string][] = [
    [
      { isDead: true },
      "another-token-0123456789",
      "Cannot replay: the server refuses this command, it answered 401",
    ],
    [
      { isDead: true, destination: "ap" },
      TOKEN,
      'Unknown destination "ap". Did you mean "app"?',
    ],
  ];
  for (const [request, token, message] of table) {
    await assertRejects(
      () => ask(request, rig, { token }),
      InboxError,
      message,
    );
  }
});
