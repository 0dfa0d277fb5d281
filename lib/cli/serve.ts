/**
 * `serve` and `dev`: the server, from its start to its orderly end.
 *
 * @module
 */

import { type App, createApp, openStore } from "../app.ts";
import { InboxError } from "../errors.ts";
import { createLogger, formatJson, type Logger } from "../log.ts";
import { prettyFormat } from "../log_pretty.ts";
import type { Config } from "../settings.ts";
import { withTimeout } from "../timeout.ts";
import { VERSION } from "../version.ts";
import { type Args, type Command, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";

/** How long requests that were begun may take after a signal to stop. */
const STOP_TIMEOUT_MS = 10_000;

/** How long connections may take to close, and the log to be written, after that. */
const CLOSE_TIMEOUT_MS = 1_000;

const flags = settingFlags(
  "secrets",
  "port",
  "hostname",
  "storePath",
  "toleranceSeconds",
  "logFormat",
  "logLevel",
);

/** `persona-inbox serve` */
export const serveCommand: Command = {
  name: "serve",
  summary: "Receive and store deliveries; needs a webhook secret",
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
  const logger = createLogger({
    level: config.logLevel,
    format: config.logFormat === "pretty"
      ? prettyFormat({ color: io.stderrHasColor })
      : formatJson,
    write: (lines) => io.stderr(lines),
  });
  const stop = stopSignal(logger, io);
  try {
    const store = await openStore(config, logger);
    const app = await createApp(config, store, { logger });
    const isClosed = await serveUntil(stop.requested, app, config, logger);
    logger.log({ msg: "stopped" });
    const isLogged = await isDoneWithin(CLOSE_TIMEOUT_MS, logger.flush());
    if (!isClosed || !isLogged) io.exit(0); // Nothing else would end it.
    return 0;
  } finally {
    stop.ignore();
    await logger.flush();
  }
}

/**
 * Listens until asked to stop, then closes the app, whatever happened.
 *
 * @returns Whether all connections are closed: open ones keep the process alive.
 */
async function serveUntil(
  stopRequested: Promise<void>,
  app: App,
  config: Config,
  logger: Logger,
): Promise<boolean> {
  try {
    const server = listen(app, config);
    logListening(server.addr, config, logger);
    await stopRequested;
    // First this, as Deno 2.9 breaks off bodies that are still coming in.
    await isDoneWithin(STOP_TIMEOUT_MS, app.refuse());
    // Deno 2.6 never gets done with this now and then, when requests keep coming.
    return await isDoneWithin(CLOSE_TIMEOUT_MS, server.shutdown());
  } finally {
    await app.close();
  }
}

function isDoneWithin(timeoutMs: number, task: Promise<void>) {
  return withTimeout(task.then(() => true), timeoutMs, false);
}

function listen(app: App, config: Config) {
  const { port, hostname } = config;
  try {
    return Deno.serve(
      { port, hostname, onListen: () => {} },
      app.handler,
    );
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "the port must be free: another program listens there"
      : "the address must be one of this machine and permitted";
    throw new InboxError(
      `Cannot listen on ${hostname}:${port} as ${reason}`,
      "Choose another with --port (0 picks a free one) or --host",
      { cause: error },
    );
  }
}

function logListening(
  { port }: Deno.NetAddr,
  config: Config,
  logger: Logger,
): void {
  const { hostname, storePath, secrets } = config;
  const isAny = hostname === "0.0.0.0" || hostname === "::";
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  logger.log({
    msg: "listening",
    port,
    webhookUrl: `http://${isAny ? "localhost" : host}:${port}/webhook`,
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
