/**
 * One run of a real server under strace: what it did to its store, and what it
 * promised to whom.
 *
 * @module
 */

import { readTrace, type Step, TRACED_CALLS } from "./trace.ts";
import { devFlags } from "../support/dev_flags.ts";
import { filesIn } from "../support/store_files.ts";
import { headerOf, SECRET } from "../support/signed_delivery.ts";

/** The name of the database in its folder. */
export const DATABASE = "inbox.db";

/** The name of the key store of a server that encrypts. */
export const KEY_STORE = "inbox.keys.db";

/** How to run and what to send. */
export interface RecordingOptions {
  /** Where `main.ts` and `lib/` are. */
  readonly source: string;
  /** How many deliveries. */
  readonly events: number;
  /** Has the server encrypt payloads by this key. */
  readonly encryptionKey?: string;
  /** Makes the store that the server finds, in a folder. */
  readonly prepare?: (folder: string) => void;
  /** Calls that fail, and which of each thread's, as in `25..28`. */
  readonly failing?: { readonly calls: string; readonly when: string };
}

/** What a server did and promised. */
export interface Recording {
  readonly steps: readonly Step[];
  /** The files before, by name. */
  readonly base: ReadonlyMap<string, Uint8Array>;
  /** What was sent, by the id of the event. */
  readonly bodies: ReadonlyMap<string, Uint8Array>;
  /** Event ids by the `x-request-id` of their answers. */
  readonly requests: ReadonlyMap<string, string>;
  /** The events of each object in the order of their lane. */
  readonly lanes: readonly (readonly string[])[];
  /** The key that payloads are encrypted by. */
  readonly encryptionKey?: string;
}

const LANES = 4;

/**
 * Runs a server, sends deliveries, and kills it.
 *
 * @param folder An empty folder to work in.
 * @param options What to run.
 * @returns The record.
 */
export async function record(
  folder: string,
  options: RecordingOptions,
): Promise<Recording> {
  const store = `${folder}/store`;
  await Deno.mkdir(store);
  options.prepare?.(store);
  const base = filesOf(store);
  const traceFile = `${folder}/trace`;
  await using destination = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      await request.bytes();
      return new Response();
    },
  );
  const { encryptionKey } = options;
  const encryption: Record<string, string> = encryptionKey === undefined
    ? {}
    : { INBOX_ENCRYPTION_KEYS: encryptionKey };
  const { calls, when } = options.failing ?? {};
  const server = new Deno.Command("strace", {
    args: [
      ...["-f", "-y", "-xx", "-s", "67108864", "-e", "signal=none"],
      ...["--seccomp-bpf", "-o", traceFile, "-e", `trace=${TRACED_CALLS}`],
      ...options.failing === undefined
        ? []
        : ["-e", `inject=${calls}:error=EIO:when=${when}`],
      ...[Deno.execPath(), "run", ...devFlags(), `${options.source}/main.ts`],
      ...["serve", "--port=0", "--host=127.0.0.1", "--log=json"],
    ],
    cwd: folder,
    env: {
      PERSONA_WEBHOOK_SECRET: SECRET,
      INBOX_STORE: `sqlite:${store}/${DATABASE}`,
      INBOX_ADMIN_PORT: "off",
      ...encryption,
      INBOX_FORWARD_URL: `http://127.0.0.1:${destination.addr.port}/`,
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = new Log(server.stderr);
  const sender = new Sender(encryptionKey !== undefined);
  try {
    const port = await log.port();
    await sender.send(`http://127.0.0.1:${port}/webhook`, options.events);
  } finally {
    // strace hands SIGTERM on to nobody: its end is that of the server's trace.
    await killTraced(server.pid);
    await server.status;
    await log.ended;
  }
  const text = new TextDecoder("latin1").decode(await Deno.readFile(traceFile));
  await Deno.remove(traceFile);
  const steps = readTrace(text, await Deno.realPath(store), [...base.keys()]);
  const sealing = encryptionKey === undefined ? {} : { encryptionKey };
  return { steps, base, ...sender, ...sealing };
}

function filesOf(folder: string): Map<string, Uint8Array> {
  return new Map(
    filesIn(folder).map((
      name,
    ) => [name, Deno.readFileSync(`${folder}/${name}`)]),
  );
}

/** As a crash would: strace's only child ends, and strace with it. */
async function killTraced(pid: number): Promise<void> {
  const path = `/proc/${pid}/task/${pid}/children`;
  const children = await Deno.readTextFile(path).catch(() => "");
  for (const child of children.split(" ").filter(Boolean)) {
    try {
      Deno.kill(Number(child), "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

class Sender {
  readonly bodies = new Map<string, Uint8Array>();
  readonly requests = new Map<string, string>();
  readonly lanes: string[][] = Array.from({ length: LANES }, () => []);
  readonly #hasNewObjects: boolean;

  /** @param hasNewObjects Every other event has an object of its own. */
  constructor(hasNewObjects: boolean) {
    this.#hasNewObjects = hasNewObjects;
  }

  /** Sends until all is sent or nobody answers. */
  async send(url: string, events: number): Promise<void> {
    let sent = 0;
    const sending = this.lanes.map(async (lane, number) => {
      while (sent < events) {
        const count = sent++;
        const id = `evt_${String(count).padStart(5, "0")}`;
        const isAlone = this.#hasNewObjects && count % 2 === 1;
        const object = isAlone ? `alone_${count}` : String(number);
        const body = eventBody(id, { object, count });
        this.bodies.set(id, body);
        if (!isAlone) lane.push(id);
        const headers = {
          "content-type": "application/json",
          "persona-signature": headerOf(body, {
            timestamp: Math.floor(Date.now() / 1000),
          }),
        };
        try {
          const response = await fetch(url, { method: "POST", headers, body });
          await response.bytes();
          const requestId = response.headers.get("x-request-id") ?? "";
          if (response.status === 200) this.requests.set(requestId, id);
        } catch (error) {
          if (error instanceof TypeError) return; // It has ended.
          throw error;
        }
      }
    });
    await Promise.all(sending);
    // What is dispatched after the last answer counts too.
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

/** Sizes that fill less than a page and more than one. */
function eventBody(
  id: string,
  { object, count }: { object: string; count: number },
): Uint8Array<ArrayBuffer> {
  const note = `${id} é `.repeat(20 + (count * 7919) % 1500);
  const createdAt = new Date(Date.UTC(2026, 0, 1) + count * 1000);
  const payload = {
    data: { type: "inquiry", id: `inq_${object}`, attributes: { note } },
  };
  const attributes = {
    name: "inquiry.approved",
    "created-at": createdAt.toISOString(),
    payload,
  };
  const event = { data: { type: "event", id, attributes } };
  return new TextEncoder().encode(JSON.stringify(event));
}

/** The log of the server, read so that it never waits. */
class Log {
  readonly ended: Promise<void>;
  #text = "";
  #hasEnded = false;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.ended = this.#read(stream);
  }

  async port(): Promise<number> {
    const limitMs = performance.now() + 60_000;
    while (true) {
      const port = /"msg":"listening","port":(\d+)/.exec(this.#text)?.[1];
      if (port !== undefined) return Number(port);
      if (this.#hasEnded || performance.now() > limitMs) {
        throw new Error(
          `Cannot record: the server does not listen\n${this.#text}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#text = (this.#text + text).slice(-100_000);
    }
    this.#hasEnded = true;
  }
}
