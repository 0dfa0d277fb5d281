/**
 * A real PostgreSQL for tests: a cluster of its own on a loopback port, in a folder that
 * goes with it, synced to disk as in production. It ends with its scope, with the test
 * file that started it, and when the test run is killed.
 *
 * @module
 */

import { freePort } from "./free_port.ts";
import { runCommand } from "./program.ts";

const BINARIES = "/usr/lib/postgresql";
/** Who runs it when the tests run as root, which `initdb` and `pgbouncer` refuse. */
const USER = "postgres";
const HOST = "127.0.0.1";

/** Longer than the end of a connection takes. */
const END_MS = 10_000;

const SETTINGS = `listen_addresses = '${HOST}'
unix_socket_directories = ''
shared_buffers = 32MB
max_connections = 200
log_destination = 'stderr'
`;

/** Waits for the end of its input, and cleans up; gets the folder and `pg_ctl`. */
const GUARD = `cat >/dev/null
cd / && folder="$1" && shift
[ -f "$folder/pooler.pid" ] && kill -9 "$(cat "$folder/pooler.pid")"
"$@" stop --silent --mode=immediate --pgdata="$folder/data"
rm -rf "$folder"`;

/** Tells why there can be no cluster here; undefined when there can. */
export async function whyNoPostgres(): Promise<string | undefined> {
  const isThere = await findBinaries() !== undefined;
  return isThere ? undefined : "needs PostgreSQL: apt-get install postgresql";
}

/** Tells why there can be no pooler here; undefined when there can. */
export async function whyNoPooler(): Promise<string | undefined> {
  const { code } = await runCommand("sh", ["-c", "command -v pgbouncer"]);
  if (code !== 0) return "needs PgBouncer: apt-get install pgbouncer";
  return await whyNoPostgres();
}

/** A cluster for the tests of a file; none where there can be none, and why. */
export interface TestCluster {
  readonly cluster: PostgresCluster | undefined;
  readonly reason: string | undefined;
}

/**
 * Returns how to register a test that gets the URL of a schema of its own.
 *
 * @param options What all these tests have in common.
 */
export function schemaTests(
  { cluster, reason }: TestCluster,
  options: Pick<Deno.TestDefinition, "sanitizeOps" | "sanitizeResources"> = {},
): (name: string, body: (url: string) => Promise<void>) => void {
  return (name, body) =>
    Deno.test({
      name: reason === undefined ? name : `${name} (${reason})`,
      ignore: cluster === undefined,
      ...options,
      fn: () => body(cluster!.schema()),
    });
}

/** A PostgreSQL that runs, is stopped or was killed, as the test likes. */
export class PostgresCluster implements AsyncDisposable {
  readonly #folder: string;
  readonly #binaries: string;
  readonly #port = freePort();
  readonly #guard: Deno.ChildProcess;
  #poolerPort: number | undefined;
  #names = 0;

  private constructor(folder: string, binaries: string) {
    this.#folder = folder;
    this.#binaries = binaries;
    // In a session of its own, which no signal to the test run reaches, and a child of
    // a child, as Deno kills those of a test file that ends.
    const control = [...asUser(), `${binaries}/pg_ctl`];
    this.#guard = new Deno.Command("setsid", {
      args: [
        "--fork",
        "--wait",
        "sh",
        "-c",
        GUARD,
        "guard",
        folder,
        ...control,
      ],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /**
   * Makes a cluster and starts it.
   *
   * @param settings Lines for `postgresql.conf`, such as `fsync = off`.
   * @returns The cluster.
   */
  static async start(settings = ""): Promise<PostgresCluster> {
    const binaries = await findBinaries();
    if (binaries === undefined) throw new Error("PostgreSQL is not installed");
    const folder = await Deno.makeTempDir({ prefix: "inbox_test_postgres_" });
    const cluster = new PostgresCluster(folder, binaries);
    try {
      if (asUser().length > 0) await check("chown", [USER, folder]);
      await cluster.#run("initdb", [
        "--no-sync",
        "--no-instructions",
        "--auth=trust",
        "--username=persona",
        "--encoding=UTF8",
        "--no-locale",
      ]);
      await Deno.writeTextFile(
        `${folder}/data/postgresql.conf`,
        `${SETTINGS}port = ${cluster.#port}\n${settings}\n`,
        { append: true },
      );
      await cluster.start();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The URL of a schema that is not there yet. */
  schema(): string {
    return `${this.#urlOf("postgres")}?schema=inbox_${++this.#names}`;
  }

  /** Makes a database: its URL. */
  async database(): Promise<string> {
    const name = `inbox_${++this.#names}`;
    await this.sql(`CREATE DATABASE ${name}`);
    return this.#urlOf(name);
  }

  /**
   * Puts a PgBouncer in transaction mode before the cluster, once for all.
   *
   * @param url A URL of this cluster.
   * @returns The same by way of the pooler.
   */
  async pooled(url: string): Promise<string> {
    this.#poolerPort ??= await this.#startPooler();
    const pooled = new URL(url);
    pooled.port = `${this.#poolerPort}`;
    return pooled.href;
  }

  /**
   * Runs statements as the superuser.
   *
   * @param text The statements.
   * @param url Where; the database `postgres` unless given.
   * @returns What they print, a row a line, columns divided by `|`.
   */
  async sql(text: string, url = this.#urlOf("postgres")): Promise<string> {
    const { port, pathname } = new URL(url);
    return await check(`${this.#binaries}/psql`, [
      "--no-psqlrc",
      "--quiet",
      "--tuples-only",
      "--no-align",
      "--set=ON_ERROR_STOP=1",
      `--dbname=postgres://persona@${HOST}:${port}${pathname}`,
      `--command=${text}`,
    ]);
  }

  /** Ends the connections of all clients, and waits for that: their number. */
  async terminateConnections(): Promise<number> {
    const ended = await this.sql(
      `SELECT count(pg_terminate_backend(pid, ${END_MS})) FROM pg_stat_activity
       WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
    return Number(ended);
  }

  /** Starts it again after a stop, or after a kill, which it recovers from. */
  async start(): Promise<void> {
    const log = `--log=${this.#folder}/data/log`;
    await this.#run("pg_ctl", ["start", "--silent", "--wait", log]);
  }

  /** Stops it in order, whoever is connected. */
  async stop(): Promise<void> {
    await this.#run("pg_ctl", ["stop", "--silent", "--wait", "--mode=fast"]);
  }

  /** Ends all of its processes by SIGKILL. */
  async kill(): Promise<void> {
    const killed = await this.signal("SIGKILL");
    // The next start refuses while one is there, even as a zombie.
    const pids = killed.map((pid) => `--pid=${pid}`);
    await check("tail", ["-f", "-s0.02", ...pids, "/dev/null"]);
  }

  /**
   * Sends a signal to all of its processes: `SIGSTOP` is a server that hangs.
   *
   * @param name The signal.
   * @returns Their ids.
   */
  async signal(name: Deno.Signal): Promise<number[]> {
    const pids = await this.pids();
    await runCommand("kill", [`-${name.slice(3)}`, ...pids.map(String)]);
    return pids;
  }

  /** Runs one of PostgreSQL's programs, such as `pg_dump`. */
  async tool(name: string, args: string[]): Promise<void> {
    await check(`${this.#binaries}/${name}`, args);
  }

  /** The ids of its processes. */
  async pids(): Promise<number[]> {
    const file = `${this.#folder}/data/postmaster.pid`;
    const pid = Number((await Deno.readTextFile(file)).split("\n")[0]);
    const { stdout } = await runCommand("pgrep", ["-P", `${pid}`]);
    return [pid, ...stdout.split("\n").filter(Boolean).map(Number)];
  }

  /** The folder with all of its files, its log included. */
  get folder(): string {
    return `${this.#folder}/data`;
  }

  /** The log of the server so far. */
  log(): Promise<string> {
    return Deno.readTextFile(`${this.#folder}/data/log`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#guard.stdin.close();
    await this.#guard.status;
  }

  #urlOf(database: string): string {
    return `postgres://persona@${HOST}:${this.#port}/${database}`;
  }

  async #startPooler(): Promise<number> {
    const port = freePort();
    const path = `${this.#folder}/pooler`;
    await Deno.writeTextFile(`${path}.users`, '"persona" ""\n');
    await Deno.writeTextFile(
      `${path}.ini`,
      `[databases]
* = host=${HOST} port=${this.#port}
[pgbouncer]
listen_addr = ${HOST}
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${path}.users
pool_mode = transaction
max_client_conn = 500
logfile = ${path}.log
pidfile = ${path}.pid
`,
    );
    // As a daemon it is there once the command returns.
    await check(...command(["pgbouncer", "-q", "-d", `${path}.ini`]));
    return port;
  }

  async #run(name: string, args: readonly string[]): Promise<void> {
    const data = `--pgdata=${this.#folder}/data`;
    await check(...command([`${this.#binaries}/${name}`, data, ...args]));
  }
}

/** Makes files those of the user that the cluster runs as. */
export async function giveToPostgres(...paths: string[]): Promise<void> {
  if (asUser().length > 0) await check("chown", [USER, ...paths]);
}

async function findBinaries(): Promise<string | undefined> {
  const found: string[] = [];
  try {
    for await (const { name } of Deno.readDir(BINARIES)) found.push(name);
  } catch {
    return undefined; // not Debian's, or not installed
  }
  const newest = found.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : `${BINARIES}/${newest}/bin`;
}

function asUser(): string[] {
  if (Deno.uid() !== 0) return [];
  return ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--init-groups"];
}

function command(words: string[]): [string, string[]] {
  const [name = "", ...args] = [...asUser(), ...words];
  return [name, args];
}

async function check(name: string, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(name, args);
  if (code === 0) return stdout.trim();
  throw new Error(`${name} ${args.join(" ")}: ${code}\n${stderr}${stdout}`);
}
