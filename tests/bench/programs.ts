/**
 * How each server of the comparison is started.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { devFlags } from "../support/dev_flags.ts";
import { BENCH_SECRET } from "./load.ts";
import { freePort, type Launch } from "./server_process.ts";

/** The path of a file, seen from this folder. */
export function localPath(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** The project's `deno.json`. */
export const CONFIG_FILE = localPath("../../deno.json");

/** What a launch needs to know. */
export interface LaunchOptions {
  /** A folder for its database. */
  readonly folder: string;
  /** Where npm has put packages. */
  readonly nodeModules?: string;
}

/** Our server, or the executable that `INBOX_BENCH_EXECUTABLE` names. */
export function inbox({ folder }: LaunchOptions): Launch {
  const port = freePort();
  const args = ["serve", `--port=${port}`, "--host=127.0.0.1"];
  const executable = Deno.env.get("INBOX_BENCH_EXECUTABLE");
  return {
    ...(executable
      ? { program: executable, args }
      : deno("../../main.ts", args)),
    env: {
      PERSONA_WEBHOOK_SECRET: BENCH_SECRET,
      INBOX_STORE: `sqlite:${folder}/inbox.db`,
    },
    cwd: folder,
    port,
    readyPath: "/readyz",
  };
}

/** Our server with encrypted payloads. */
export function sealedInbox(options: LaunchOptions): Launch {
  const launch = inbox(options);
  const INBOX_ENCRYPTION_KEYS = createEncryptionKey("bench");
  return { ...launch, env: { ...launch.env, INBOX_ENCRYPTION_KEYS } };
}

/** The least that an inbox can do. */
export function floor({ folder }: LaunchOptions): Launch {
  const port = freePort();
  return {
    ...deno("floor.ts"),
    env: {
      PERSONA_WEBHOOK_SECRET: BENCH_SECRET,
      PORT: String(port),
      BENCH_DATABASE: `${folder}/floor.db`,
    },
    cwd: folder,
    port,
    readyPath: "/",
  };
}

/** Reads deliveries and nothing else. */
export function bare({ folder }: LaunchOptions): Launch {
  const port = freePort();
  return {
    ...deno("bare.ts"),
    env: { PORT: String(port) },
    cwd: folder,
    port,
    readyPath: "/",
  };
}

/** The quickstart's server on Node. */
export function quickstart(options: LaunchOptions): Launch {
  return node("quickstart.cjs", options);
}

/** The same with a transaction a delivery. */
export function quickstartSqlite(options: LaunchOptions): Launch {
  return node("quickstart_sqlite.cjs", options);
}

function deno(file: string, args: readonly string[] = []) {
  return {
    program: Deno.execPath(),
    args: [
      "run",
      ...devFlags(),
      `--config=${CONFIG_FILE}`,
      localPath(file),
      ...args,
    ],
  };
}

function node(file: string, options: LaunchOptions): Launch {
  const port = freePort();
  return {
    program: "node",
    args: [localPath(file)],
    env: {
      PERSONA_WEBHOOK_SECRET: BENCH_SECRET,
      PORT: String(port),
      NODE_PATH: options.nodeModules ?? "",
      BENCH_DATABASE: `${options.folder}/events.db`,
    },
    cwd: options.folder,
    port,
    readyPath: "/",
  };
}
