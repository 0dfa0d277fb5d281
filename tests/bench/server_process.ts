/**
 * A server under bench, as a process.
 *
 * @module
 */

import { type Cleanup, kill } from "./cleanup.ts";
import { ResponseReader } from "./response_reader.ts";

const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 2;
const STOP_TIMEOUT_MS = 15_000;

/** All that a server sees of the environment: settings of the user's stay out. */
const ENV_KEPT = [
  "PATH",
  "HOME",
  "TMPDIR",
  "DENO_DIR",
  "XDG_CACHE_HOME",
  "LD_LIBRARY_PATH",
];

/** How to start a server. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its working folder. */
  readonly cwd: string;
  readonly port: number;
  /** What answers 200 once it is ready. */
  readonly readyPath: string;
}

/** A server that runs. */
export class ServerProcess {
  readonly port: number;
  /** From the start of the process to the first 200. */
  readonly readyAfterMs: number;
  readonly #child: Deno.ChildProcess;

  private constructor(
    launch: Launch,
    child: Deno.ChildProcess,
    readyAfterMs: number,
  ) {
    this.port = launch.port;
    this.#child = child;
    this.readyAfterMs = readyAfterMs;
  }

  /**
   * Starts a server, its log to nowhere, and waits until it is ready.
   *
   * @throws When it ends before, or takes too long.
   */
  static async start(launch: Launch, cleanup: Cleanup): Promise<ServerProcess> {
    let hasEnded = false;
    const startMs = performance.now();
    const child = cleanup.spawn(launch.program, {
      args: [...launch.args],
      cwd: launch.cwd,
      clearEnv: true,
      env: { ...keptEnv(), ...launch.env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    child.status.then(() => hasEnded = true);
    while (await status(launch.port, launch.readyPath) !== 200) {
      const waitedMs = performance.now() - startMs;
      if (hasEnded || waitedMs > READY_TIMEOUT_MS) {
        await kill(child);
        const reason = hasEnded ? "it ended" : "it did not get ready";
        throw new Error(
          `Cannot bench as the server must run: ${reason}; try ${
            [launch.program, ...launch.args].join(" ")
          }`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    const readyAfterMs = performance.now() - startMs;
    return new ServerProcess(launch, child, readyAfterMs);
  }

  /** Resident memory in MB; `undefined` where the system does not tell. */
  async residentMB(): Promise<number | undefined> {
    try {
      const file = `/proc/${this.#child.pid}/status`;
      const kB = /^VmRSS:\s+(\d+) kB$/m.exec(await Deno.readTextFile(file))
        ?.[1];
      return kB === undefined ? undefined : Math.round(Number(kB) / 1024);
    } catch {
      return undefined;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Asks it to stop, and ends it when it does not. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => void kill(this.#child), STOP_TIMEOUT_MS);
    try {
      this.#child.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    clearTimeout(timer);
  }
}

/** Finds a port that nobody listens on. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** Asks without `fetch`, whose own start would count. */
async function status(port: number, path: string): Promise<number | undefined> {
  try {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;
    await conn.write(new TextEncoder().encode(request));
    return (await new ResponseReader(conn).next()).status;
  } catch {
    return undefined;
  }
}

function keptEnv(): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of ENV_KEPT) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  return env;
}
