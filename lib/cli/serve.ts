/**
 * `serve` and `dev`: the server, from its start to its orderly end.
 *
 * @module
 */

import { type App, createApp, openStore } from "../app/app.ts";
import { checkEngine } from "../app/check_engine.ts";
import { systemClock } from "../clock.ts";
import { mayUseAnyEngine } from "../config/load_config.ts";
import { createLogger, formatJson, type Logger } from "../log.ts";
import { prettyFormat } from "../lines/log_pretty.ts";
import { Monitor } from "../monitor/monitor.ts";
import type { Config } from "../config/settings.ts";
import type { Store } from "../store/store.ts";
import { withTimeout } from "../timeout.ts";
import { VERSION } from "../version.ts";
import {
  type Args,
  type Command,
  SERVER_SETTINGS,
  settingFlags,
} from "./command.ts";
import type { Io } from "./io.ts";
import { type Listening, listenLocally, listenPublicly } from "./listen.ts";

/** How long requests that were begun may take after a signal to stop. */
const STOP_TIMEOUT_MS = 10_000;

/** How long attempts may take of that; what comes of them is stored after it. */
const ATTEMPTS_TIMEOUT_MS = 9_000;

/** How long the store may take to be let go, once nothing uses it. */
const STORE_TIMEOUT_MS = 5_000;

/** How long connections may take to close, and the log to be written, after that. */
const CLOSE_TIMEOUT_MS = 1_000;

const flags = settingFlags(...SERVER_SETTINGS, "logFormat", "logLevel");

/** `persona-inbox serve` */
export const serveCommand: Command = {
  name: "serve",
  summary: "Receive, store and dispatch; needs a webhook secret",
  operandsMax: 0,
  examples: [
    "serve --port 8080",
    "serve --store sqlite:/var/lib/persona-inbox/inbox.db",
  ],
  flags,
  run: (args, io) => serve("serve", args, io),
};

/** `persona-inbox dev` */
export const devCommand: Command = {
  name: "dev",
  summary: "The same for a developer: readable log, works without a secret",
  operandsMax: 0,
  examples: ["dev", "dev --port 0 --store sqlite::memory:"],
  flags,
  run: (args, io) => serve("dev", args, io),
};

async function serve(
  mode: "serve" | "dev",
  args: Args,
  io: Io,
): Promise<number> {
  const config = args.loadConfig(mode, io);
  if (!mayUseAnyEngine(io.sources)) checkEngine();
  await io.giveUp(unneeded(config));
  const monitor = new Monitor(systemClock);
  const logger = monitor.observe(createLogger({
    level: config.logLevel,
    format: config.logFormat === "pretty"
      ? prettyFormat({ color: io.stderrHasColor, columns: io.stderrColumns })
      : formatJson,
    write: (lines) => io.stderr(lines),
  }));
  const stop = stopSignal(logger, io);
  try {
    const store = await openStore(config, logger, monitor);
    const isDeveloping = mode === "dev";
    const app = await createApp(config, store, {
      logger,
      monitor,
      isWatching: isDeveloping,
      isRevealing: isDeveloping,
    });
    const parts = { app, store };
    const isClosed = await serveUntil(stop.requested, parts, config, logger);
    logger.log({ msg: "stopped" });
    const isLogged = await isDoneWithin(CLOSE_TIMEOUT_MS, logger.flush());
    // Nothing else would end it: Deno 2.9 leaves a handler that never yields running.
    const hasModule = config.destinations.some(({ target }) =>
      target.kind === "module"
    );
    if (!isClosed || !isLogged || hasModule) io.exit(0);
    return 0;
  } finally {
    stop.ignore();
    await logger.flush();
  }
}

/**
 * Listens until asked to stop, then closes the app, whatever happened.
 *
 * @returns Whether connections and store are closed: open ones keep the process alive.
 */
async function serveUntil(
  stopRequested: Promise<void>,
  { app, store }: { app: App; store: Store },
  config: Config,
  logger: Logger,
): Promise<boolean> {
  const listeners: Listening[] = [];
  let isClosed = false;
  try {
    const listening = listenPublicly(app, config, logger);
    listeners.push(listening);
    const local = listenLocally(app, config, logger);
    if (local) listeners.push(local);
    logListening(listening, local, config, logger);
    // Where `replay` and others find us; without it they say what to do.
    await store.announce(local?.url ?? null);
    await stopRequested;
    // First this, as Deno 2.9 breaks off bodies that are still coming in.
    await isDoneWithin(STOP_TIMEOUT_MS, app.refuse(ATTEMPTS_TIMEOUT_MS));
  } finally {
    const ends = listeners.map((listening) => listening.shutdown());
    // Deno 2.6 never gets done with this now and then, when requests keep coming.
    isClosed = await isDoneWithin(CLOSE_TIMEOUT_MS, Promise.all(ends));
    const isLeft = store.announce(null).then(() => app.close());
    // A disk that hangs shall not: what was acknowledged is on it.
    isClosed = await isDoneWithin(STORE_TIMEOUT_MS, isLeft) && isClosed;
  }
  return isClosed;
}

/** What the settings do not ask for, nobody shall get at through us. */
function unneeded({ destinations }: Config): ("env" | "run" | "sys")[] {
  const kinds = destinations.map(({ target }) => target.kind);
  const unneeded: ("env" | "run" | "sys")[] = ["sys"];
  if (!kinds.includes("module")) unneeded.push("env");
  if (!kinds.includes("exec")) unneeded.push("run");
  return unneeded;
}

function isDoneWithin(timeoutMs: number, task: Promise<unknown>) {
  return withTimeout(task.then(() => true), timeoutMs, false);
}

function logListening(
  { port, url }: Listening,
  local: Listening | undefined,
  { storePath, secrets }: Config,
  logger: Logger,
): void {
  logger.log({
    msg: "listening",
    port,
    webhookUrl: `${url}/webhook`,
    localUrl: local ? `${local.url}/` : null,
    store: `sqlite:${storePath}`,
    secrets: secrets.length,
    version: VERSION,
  });
  if (secrets.length === 0) {
    logger.log({ msg: "unsigned deliveries are taken" });
  }
}

/** The first signal asks to stop; the second one does not ask. */
function stopSignal(logger: Logger, io: Io) {
  const requested = Promise.withResolvers<void>();
  let signals = 0;
  const ignore = io.onStopSignal((signal) => {
    if (++signals > 1) io.exit(signal === "SIGTERM" ? 143 : 130);
    logger.log({ msg: "stopping", signal });
    requested.resolve();
  });
  return { requested: requested.promise, ignore };
}
