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
import { VERSION } from "../version.ts";
import { type Args, type Command, settingFlags } from "./command.ts";
import type { Io } from "./io.ts";

/** How long requests that were begun may take after a signal to stop. */
const STOP_TIMEOUT_MS = 10_000;

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
    await serveUntil(stop.requested, app, config, logger);
    logger.log({ msg: "stopped" });
    return 0;
  } finally {
    stop.ignore();
    await logger.flush();
  }
}

/** Listens until asked to stop, then closes the app, whatever happened. */
async function serveUntil(
  stopRequested: Promise<void>,
  app: App,
  config: Config,
  logger: Logger,
): Promise<void> {
  const abort = new AbortController();
  try {
    const server = listen(app, config, abort.signal);
    logListening(server.addr, config, logger);
    await stopRequested;
    app.refuse();
    const timer = setTimeout(() => abort.abort(), STOP_TIMEOUT_MS);
    await server.shutdown();
    clearTimeout(timer);
  } finally {
    await app.close();
  }
}

function listen(app: App, config: Config, signal: AbortSignal) {
  const { port, hostname } = config;
  try {
    return Deno.serve(
      { port, hostname, signal, onListen: () => {} },
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
