/**
 * Several servers on one store, events in lanes that are sent to any of them, and the
 * destination that they share.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { openReader } from "../../lib/store/open_store.ts";
import { deliver } from "./deliver.ts";
import { ServerProcess } from "./server_process.ts";
import { SECRET } from "./signed_delivery.ts";
import { TempDir } from "./temp_dir.ts";

const START_MS = Date.parse("2026-01-15T12:00:00.000Z");

/** A destination that takes everything after a moment, and remembers the order. */
export class LaneDestination implements AsyncDisposable {
  /** The ids of events in the order in which they were answered. */
  readonly arrivals: string[] = [];
  /** The time that it takes for an event. */
  delayMs: number;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(delayMs: number) {
    this.delayMs = delayMs;
    const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
    this.#server = Deno.serve(options, async (request) => {
      await request.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, this.delayMs));
      this.arrivals.push(request.headers.get("idempotency-key") ?? "");
      return new Response();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** The number of events that arrived. */
  get events(): number {
    return new Set(this.arrivals).size;
  }

  /** Attempts that succeeded again. */
  get repeats(): number {
    return this.arrivals.length - this.events;
  }

  /** The events of each object in the order in which they first arrived. */
  lanes(): Map<string, number[]> {
    const lanes = new Map<string, number[]>();
    for (const id of new Set(this.arrivals)) {
      const [, object = "", event] = id.split("_");
      const lane = lanes.get(object) ?? [];
      lanes.set(object, [...lane, Number(event)]);
    }
    return lanes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** A server that is ended and started again. */
export class Instance implements AsyncDisposable {
  readonly #url: string;
  readonly #dir: TempDir;
  #server: ServerProcess;

  private constructor(url: string, dir: TempDir, server: ServerProcess) {
    this.#url = url;
    this.#dir = dir;
    this.#server = server;
  }

  /**
   * Starts one in a folder of its own.
   *
   * @param url The store.
   * @param destination Where events go.
   */
  static async start(url: string, destination: string): Promise<Instance> {
    const dir = await TempDir.make();
    const one = { name: "app", url: destination, timeoutMs: 10_000 };
    const settings = { adminPort: "off", destinations: [one] };
    await dir.write("inbox.json", JSON.stringify(settings));
    return new Instance(url, dir, await startServer(url, dir));
  }

  get url(): string {
    return this.#server.url;
  }

  get log(): string {
    return this.#server.stderr;
  }

  signal(name: Deno.Signal): void {
    this.#server.kill(name);
  }

  async kill(): Promise<void> {
    this.#server.kill("SIGKILL");
    await this.#server.ended();
  }

  async stop(): Promise<void> {
    assertEquals(await this.#server.stop(), 0, this.log);
  }

  async restart(): Promise<void> {
    this.#server = await startServer(this.#url, this.#dir);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await this.#dir[Symbol.asyncDispose]();
  }
}

function startServer(url: string, dir: TempDir): Promise<ServerProcess> {
  const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_STORE: url };
  return ServerProcess.start(["serve"], { cwd: dir.path, env });
}

/** Objects whose events are sent in order, each until one of the servers took it. */
export class LaneLoad {
  readonly #instances: readonly Instance[];
  readonly #sending: Promise<void>[] = [];
  readonly #acknowledged = new Set<string>();
  #isStopped = false;

  /**
   * @param instances The servers.
   * @param objects The number of objects, all sent at once.
   * @param pauseMs The time between two events of an object.
   */
  constructor(
    instances: readonly Instance[],
    { objects, pauseMs }: { objects: number; pauseMs: number },
  ) {
    this.#instances = instances;
    for (let object = 0; object < objects; object++) {
      this.#sending.push(this.#send(object, pauseMs));
    }
  }

  /** The number of events that were acknowledged. */
  get size(): number {
    return this.#acknowledged.size;
  }

  /** Sends no new events, and waits for those under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#sending);
  }

  /** Looks for all that was acknowledged: there, once, and done. */
  async check(url: string): Promise<void> {
    const reader = openReader(url);
    try {
      const rows = await reader.list({ limit: 100_000 });
      const ids = rows.map(({ id }) => id);
      assertEquals(ids.length, new Set(ids).size, "stored twice");
      assertEquals(new Set(ids), this.#acknowledged);
    } finally {
      reader.close();
    }
  }

  async #send(object: number, pauseMs: number): Promise<void> {
    for (let event = 0; !this.#isStopped; event++) {
      const id = `evt_${object}_${event}`;
      // Some are sent twice, to different servers at once.
      const copies = event % 5 === 0 ? 2 : 1;
      await Promise.all(
        Array.from(
          { length: copies },
          (_, copy) => this.#sendUntilTaken(id, object + event + copy),
        ),
      );
      this.#acknowledged.add(id);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  async #sendUntilTaken(id: string, first: number): Promise<void> {
    for (let tries = 0;; tries++) {
      const { url } = this
        .#instances[(first + tries) % this.#instances.length]!;
      if (await statusOf(url, bodyOf(id)) === 200) return;
      assert(tries < 5_000, `${id} is never taken`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function bodyOf(id: string): string {
  const [, object, event] = id.split("_");
  return JSON.stringify({
    data: {
      type: "event",
      id,
      attributes: {
        name: "inquiry.updated",
        "created-at": new Date(START_MS + Number(event) * 1_000).toISOString(),
        payload: { data: { type: "inquiry", id: `inq_${object}` } },
      },
    },
  });
}

/** Delivers: the status, 0 without an answer in the time that Persona waits. */
export async function statusOf(url: string, body: string): Promise<number> {
  const late = Promise.withResolvers<number>();
  const timer = setTimeout(() => late.resolve(0), 5_500);
  try {
    const answered = deliver(url, body).then(({ status }) => status, () => 0);
    return await Promise.race([answered, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
