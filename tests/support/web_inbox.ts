/**
 * A real inbox for the tests of its page: the program, a destination, and Persona.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import type { Delivery } from "../../lib/store/store.ts";
import { deliver } from "./deliver.ts";
import { EchoReceiver } from "./echo_receiver.ts";
import { freePort } from "./free_port.ts";
import { ServerProcess } from "./server_process.ts";
import { CANARY, SECRET } from "./signed_delivery.ts";
import { TempDir } from "./temp_dir.ts";
import { eventually } from "./within.ts";

const LOCAL_URL = /"localUrl":"([^"]+?)\/?"/;

/** Digits that no floating point number keeps. */
export const EXACT = "12345678901234567890.10";

/** What an event is about, where it matters. */
export interface SampleOptions {
  id: string;
  name?: string;
  objectId?: string;
  createdAt?: string;
}

export interface WebInboxOptions {
  /** Stored before the program starts. */
  deliveries?: readonly Delivery[];
  env?: Record<string, string>;
  args?: readonly string[];
  /** Destinations beside `app`, at the same URL unless they have their own. */
  destinations?: readonly { name: string; [setting: string]: unknown }[];
}

/** An inbox that runs. */
export class WebInbox implements AsyncDisposable {
  /** Where the page is, without a slash at its end. */
  url = "";
  /** What the destination `app` got. */
  readonly receiver: EchoReceiver;
  /** What `app` answers. */
  status = 200;
  readonly #dir: TempDir;
  readonly #options: WebInboxOptions;
  #server: ServerProcess | undefined;

  private constructor(dir: TempDir, options: WebInboxOptions) {
    this.#dir = dir;
    this.#options = options;
    this.receiver = new EchoReceiver(() =>
      new Response(`got it`, { status: this.status })
    );
  }

  /** Starts the program with one destination, which tries once and then no more. */
  static async start(options: WebInboxOptions = {}): Promise<WebInbox> {
    const dir = await TempDir.make();
    const inbox = new WebInbox(dir, options);
    const app = { name: "app", url: inbox.receiver.url, attemptsMax: 1 };
    const { destinations = [] } = options;
    const all = [app, ...destinations.map((one) => ({ ...app, ...one }))];
    await dir.write("inbox.json", JSON.stringify({ destinations: all }));
    await Deno.mkdir(`${dir.path}/data`);
    if (options.deliveries) await fill(dir, options.deliveries);
    await inbox.#start(freePort());
    return inbox;
  }

  /** Sends a signed event: the status. */
  async send(options: SampleOptions): Promise<number> {
    return (await deliver(this.#running.url, sampleText(options))).status;
  }

  /** Sends something that nobody signed: the status. */
  async sendForged(): Promise<number> {
    const response = await fetch(`${this.#running.url}/webhook`, {
      method: "POST",
      headers: { "persona-signature": `t=1,v1=${"0".repeat(64)}` },
      body: "{}",
    });
    await response.body?.cancel();
    return response.status;
  }

  /** Stops the program; the page stays alone. */
  async stop(): Promise<void> {
    await this.#running.stop();
  }

  /** Starts it with its page where it was before. */
  async restart(): Promise<void> {
    await this.#start(Number(new URL(this.url).port));
  }

  /** Where it receives deliveries. */
  get port(): number {
    return this.#running.port;
  }

  /** Waits until the destinations have got so many, which may be later than the page shows it. */
  async dispatched(count: number): Promise<void> {
    const { received } = this.receiver;
    await eventually(
      60_000,
      () => received.length >= count,
      () => `${count} dispatches: ${received.length}`,
    );
    assertEquals(received.length, count);
  }

  /** Waits until the log has something, which may be later than the page shows it. */
  async logged(pattern: RegExp): Promise<void> {
    await this.#running.logged(pattern);
  }

  /** The log so far. */
  get log(): string {
    return this.#running.stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    await this.receiver[Symbol.asyncDispose]();
    await this.#dir[Symbol.asyncDispose]();
  }

  get #running(): ServerProcess {
    if (!this.#server) throw new Error("It has not been started");
    return this.#server;
  }

  async #start(localPort: number): Promise<void> {
    const { args = [], env = {} } = this.#options;
    const server = await ServerProcess.start(
      ["serve", `--admin-port=${localPort}`, ...args],
      {
        cwd: this.#dir.path,
        env: { PERSONA_WEBHOOK_SECRET: SECRET, ...env },
      },
    );
    this.#server = server;
    this.url = (await server.logged(LOCAL_URL))[1] ?? "";
  }
}

/** An event with a canary and digits that must not change. */
export function sampleText(
  { id, name = "inquiry.approved", objectId = "inq_1", createdAt }:
    SampleOptions,
): string {
  const status = name.split(".").at(-1);
  const attributes = JSON.stringify({
    name,
    "created-at": createdAt ?? new Date().toISOString(),
  });
  return `{"data":{"type":"event","id":"${id}","attributes":${
    attributes.slice(0, -1)
  },"payload":{"data":{"type":"inquiry","id":"${objectId}","attributes":{"status":"${status}","note":"${CANARY}","score":${EXACT}}}}}}}`;
}

async function fill(
  dir: TempDir,
  deliveries: readonly Delivery[],
): Promise<void> {
  const store = await openSqliteStore(`${dir.path}/data/inbox.db`, {
    bodyBytesMax: 1 << 20,
    onFailure: ({ message }) => {
      throw new Error(message);
    },
  });
  for (let at = 0; at < deliveries.length; at += 1_000) {
    const batch = deliveries.slice(at, at + 1_000);
    await Promise.all(batch.map((delivery) => store.accept(delivery)));
  }
  await store.close();
}
