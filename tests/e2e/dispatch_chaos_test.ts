/** Dispatching goes on whatever the destination does, and however the inbox ends. */

import { assert, assertEquals } from "@std/assert";
import { openSqliteReader } from "../../lib/store/sqlite/reader.ts";
import { deliver } from "../support/deliver.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { UnrulyDestination } from "../support/unruly_destination.ts";
import { eventually } from "../support/within.ts";

const OBJECTS = 200;
const EVENTS_PER_OBJECT = 10;
const KILLS = 10;
const START_MS = Date.parse("2026-01-15T12:00:00.000Z");

function bodyOf(object: number, event: number): string {
  return JSON.stringify({
    data: {
      type: "event",
      id: `evt_${object}_${event}`,
      attributes: {
        name: "inquiry.updated",
        "created-at": new Date(START_MS + event * 1_000).toISOString(),
        payload: { data: { type: "inquiry", id: `inq_${object}` } },
      },
    },
  });
}

/** A server that is killed and started again. */
class MortalServer {
  readonly #cwd: string;
  #server: ServerProcess | undefined;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  async start(): Promise<void> {
    const env = { PERSONA_WEBHOOK_SECRET: SECRET };
    const options = { cwd: this.#cwd, env };
    this.#server = await ServerProcess.start(["serve"], options);
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  async kill(): Promise<void> {
    this.#server?.kill("SIGKILL");
    await this.#server?.ended();
  }

  async stop(): Promise<number> {
    return await this.#server!.stop();
  }
}

/** Delivers an object's events in order, each until it is acknowledged. */
async function deliverAll(server: MortalServer, object: number): Promise<void> {
  for (let event = 0; event < EVENTS_PER_OBJECT; event++) {
    while (await tryDeliver(server, bodyOf(object, event)) !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function tryDeliver(server: MortalServer, body: string) {
  try {
    return (await deliver(server.url, body)).status;
  } catch {
    return 0; // It is dead, or not up yet.
  }
}

/** The objects' events in the order in which they first arrived. */
function lanesOf(arrivals: UnrulyDestination["arrivals"]): number[][] {
  const lanes: number[][] = Array.from({ length: OBJECTS }, () => []);
  for (const { eventId } of arrivals) {
    const [, object, event] = eventId.split("_").map(Number);
    const lane = lanes[object!]!;
    if (!lane.includes(event!)) lane.push(event!);
  }
  return lanes;
}

Deno.test("2,000 events reach an unruly destination, each lane in order, with the inbox killed ten times", async () => {
  await using dir = await TempDir.make();
  await using destination = new UnrulyDestination(new SeededRandom(7), 0.1);
  const settings = {
    adminPort: "off",
    destinations: [{
      name: "app",
      url: destination.url,
      timeoutMs: 1_000,
      concurrency: 64,
    }],
  };
  await Deno.writeTextFile(
    `${dir.path}/inbox.json`,
    JSON.stringify(settings),
  );
  const server = new MortalServer(dir.path);
  await server.start();
  const deliveries = Promise.all(
    Array.from({ length: OBJECTS }, (_, object) => deliverAll(server, object)),
  );
  const random = new SeededRandom(11);
  for (let kill = 0; kill < KILLS; kill++) {
    const before = destination.arrivals.length;
    const lifeMs = 100 + random.below(400);
    await new Promise((resolve) => setTimeout(resolve, lifeMs));
    // Each life gets something done, however slow the machine.
    const isOver = () => destination.arrivals.length > before + 20;
    await eventually(60_000, isOver, () => `life ${kill}`);
    await server.kill();
    await server.start();
  }
  await deliveries;
  const total = OBJECTS * EVENTS_PER_OBJECT;
  const arrived = () =>
    new Set(destination.arrivals.map(({ eventId }) => eventId)).size;
  // What is late on a slow machine, too, waits for 30 s, and for 2 min after that.
  await eventually(
    400_000,
    () => arrived() === total,
    () => `${total} arrivals: ${arrived()}`,
  );
  await eventually(
    400_000,
    () => isDone(`${dir.path}/data/inbox.db`),
    () => "the end of all dispatches",
  );
  assertEquals(await server.stop(), 0);

  const inOrder = Array.from({ length: EVENTS_PER_OBJECT }, (_, i) => i);
  assertEquals(
    lanesOf(destination.arrivals),
    Array(OBJECTS).fill(inOrder),
  );
  assertEquals(destination.moods.size, 6, "not every mood came up");
  for (const { eventId, body } of destination.arrivals) {
    const [, object, event] = eventId.split("_").map(Number);
    assertEquals(body, bodyOf(object!, event!));
  }
});

/** Whether the store knows all of them to be done; none may be dead. */
async function isDone(path: string): Promise<boolean> {
  const reader = openSqliteReader(path);
  try {
    const rows = await reader.list({ limit: 10_000 });
    assert(rows.every(({ status }) => status !== "dead"), "one is dead");
    return rows.every(({ status }) => status === "done");
  } finally {
    reader.close();
  }
}
