import { sealingOf } from "../app/sealing.ts";
import { type App, createApp, openConfiguredStore } from "../app/app.ts";
import { checkEngine } from "../app/check_engine.ts";
import { systemClock } from "../clock.ts";
import { mayUseAnyEngine } from "../config/load_config.ts";
import {
  createLogger,
  formatJson,
  type Logger,
  type LogStyle,
} from "../log.ts";
import { deliveryText } from "../lines/delivery_text.ts";
import { prettyFormat } from "../lines/log_pretty.ts";
import { Monitor } from "../monitor/monitor.ts";
import type { Config } from "../config/settings.ts";
import type { DestinationConfig } from "../destinations/destination_config.ts";
import { isOwnGlob } from "../persona/own_events.ts";
import { locateStore } from "../store/open_store.ts";
import type { Store } from "../store/store.ts";
import type { StoreFault } from "../store/store_fault.ts";
import { withTimeout } from "../timeout.ts";
import { type CheckedConfig, checkTargets } from "./check_targets.ts";
import { followSettings } from "./follow_settings.ts";
import { SettingsSource } from "./settings_source.ts";
import { type Command, SERVER_SETTINGS, settingFlags } from "./command.ts";
import type { Io, Permission } from "./io.ts";
import { listen, type Listening } from "./listen.ts";
import { localUser } from "./record_act.ts";
import { logStart } from "./log_start.ts";
import { withoutRepeats } from "./without_repeats.ts";

/** The longest time that requests in progress may take after a signal to stop. */
const STOP_TIMEOUT_MS = 10_000;

/** The share of it that attempts may take; their results are stored after it. */
const ATTEMPTS_TIMEOUT_MS = 9_000;

/** The longest time that closing the store may take, once nothing uses it. */
const STORE_TIMEOUT_MS = 5_000;

/** The longest time that killed commands may take to end after a second signal. */
const ABORT_TIMEOUT_MS = 1_500;

/** The longest time that connections may take to close, and the log to be written. */
const CLOSE_TIMEOUT_MS = 1_000;

/** The flags of both commands that serve. */
export const SERVER_FLAGS = settingFlags(
  ...SERVER_SETTINGS,
  "logFormat",
  "logLevel",
);

/** `persona-inbox serve` */
export const serveCommand: Command = {
  name: "serve",
  summary: "Receive, store and dispatch; needs a webhook secret",
  operandsMax: 0,
  examples: [
    "serve --port 8080",
    "serve --store sqlite:/var/lib/persona-inbox/inbox.db",
  ],
  flags: SERVER_FLAGS,
  async run(args, io) {
    const source = new SettingsSource("serve", args, io);
    await runServer("serve", source.load(), io, { source });
    return 0;
  },
};

/** Options of a server. */
export interface ServerOptions {
  /** The source of its settings, which are read again on a reload. */
  readonly source: SettingsSource;
  /**
   * The public port.
   *
   * @default {config.port}
   */
  readonly port?: number;
  /** Called with its addresses. */
  readonly onListening?: (listening: Listening) => void;
}

/**
 * Serves until a signal to stop, or until `dev` is to restart.
 *
 * @returns The reason for its end.
 * @throws {UsageError} If a destination of `serve` could deliver nothing.
 */
export async function runServer(
  mode: "serve" | "dev",
  settings: Config,
  io: Io,
  { source, port = settings.port, onListening }: ServerOptions,
): Promise<"stopped" | "restarting"> {
  if (!mayUseAnyEngine(io.sources)) checkEngine();
  const config = await checkTargets(mode, settings, source);
  // A later change of the settings of `dev` may need these permissions.
  const givenUp = mode === "serve" ? unneeded(config, source) : [];
  const isSysNeeded = !givenUp.includes("sys");
  // How a store can be locked depends on its file system (statfs).
  await io.giveUp(givenUp.filter((permission) => permission !== "sys"));
  const monitor = new Monitor(systemClock);
  const log = createLogger({
    ...logStyle(config, io),
    write: (lines) => io.stderr(lines),
  });
  const logger = monitor.observe(withoutRepeats(log, systemClock));
  const stop = stopSignal(logger, io);
  const canRun = (destination: DestinationConfig) =>
    !neededBy(destination).some((permission) => givenUp.includes(permission));
  const followed = followSettings(config, { mode, source, canRun, logger, io });
  try {
    const onFatal = endOnFatal(logger, io);
    const deps = { logger, monitor, onFatal, startedBy: localUser() };
    const store = await openConfiguredStore(config, deps);
    if (!isSysNeeded) await io.giveUp(["sys"]);
    const isDeveloping = mode === "dev";
    const isShowing = isDeveloping && config.logFormat === "pretty";
    const app = await createApp(config, store, {
      ...deps,
      ...(isShowing && {
        onDelivery: (headers, body) => {
          void io.stderr(deliveryText({ headers, body })).catch(() => {});
        },
      }),
      requestReload: () => followed.reload(),
      isWatching: isDeveloping,
      isRevealing: isDeveloping,
    });
    stop.watch(app);
    const parts = { app, store };
    let isRestarting = false;
    const restart = followed.restart.then(() => {
      isRestarting = true;
      logger.log({ msg: "settings changed" });
    });
    const ended = Promise.race([stop.requested, restart]);
    const isClosed = await serveUntil(ended, parts, { ...config, port }, {
      logger,
      onListening(listening) {
        followed.start(async (config, changed) => {
          await app.reload(config, changed);
          log.configure(logStyle(config, io));
        });
        onListening?.(listening);
      },
    });
    if (isRestarting) return "restarting";
    logger.log({ msg: "stopped" });
    const isLogged = await isDoneWithin(CLOSE_TIMEOUT_MS, logger.flush());
    if (!isClosed || !isLogged) io.exit(0);
    return "stopped";
  } finally {
    stop.ignore();
    followed.end();
    await logger.flush();
  }
}

/**
 * Listens until asked to stop, then closes the app, whatever happened.
 *
 * @returns Whether connections and store are closed: open ones keep the process alive.
 */
async function serveUntil(
  endRequested: Promise<void>,
  { app, store }: { app: App; store: Store },
  config: CheckedConfig,
  { logger, onListening }: {
    logger: Logger;
    onListening: (listening: Listening) => void;
  },
): Promise<boolean> {
  const listeners: Listening[] = [];
  let isClosed = false;
  try {
    const { listening, local } = await listen(app, config, logger);
    listeners.push(listening, ...(local ? [local] : []));
    onListening(listening);
    const pauses = await app.pauses();
    logStart({ listening, local, pauses }, config, logger);
    // `replay` and others find the server by it; without it they say what to do.
    await store.publishLocalUrl(local?.url ?? null);
    await endRequested;
    // First this, as Deno 2.9 breaks off bodies that are still coming in.
    await isDoneWithin(STOP_TIMEOUT_MS, app.drain(ATTEMPTS_TIMEOUT_MS));
  } finally {
    const ends = listeners.map((listening) => listening.shutdown());
    // Deno 2.6 sometimes never finishes this while requests keep coming.
    isClosed = await isDoneWithin(CLOSE_TIMEOUT_MS, Promise.all(ends));
    const isLeft = store.publishLocalUrl(null).then(() => app.close());
    // A disk that hangs must not delay the end: what was acknowledged is on it.
    isClosed = await withTimeout(isLeft, STORE_TIMEOUT_MS, false) && isClosed;
  }
  return isClosed;
}

/** The store must stay open: to close it would move a log that is in doubt. */
function endOnFatal(logger: Logger, io: Io): (fault: StoreFault) => void {
  let isLost = false;
  return ({ message, hint }) => {
    if (isLost) return; // One thread has told it: the others meet it, too.
    isLost = true;
    logger.log({ msg: "store lost", fault: message, hint });
    void isDoneWithin(CLOSE_TIMEOUT_MS, logger.flush()).then(() => io.exit(1));
  };
}

function logStyle({ logLevel: level, logFormat }: Config, io: Io): LogStyle {
  const format = logFormat === "pretty"
    ? prettyFormat({ color: io.stderrHasColor, columns: io.stderrColumns })
    : formatJson;
  return { level, format };
}

/** A module runs in a process of its own; what is free on the disk is news. */
function neededBy({ target, events }: DestinationConfig): Permission[] {
  return [
    ...(target.kind === "http" ? [] : ["run"] as const),
    ...(target.kind === "module" ? ["write"] as const : []),
    ...(events.some(isOwnGlob) ? ["sys"] as const : []),
  ];
}

/**
 * Permissions that the settings do not need. Deno takes back a whole kind only: what
 * was granted for all paths or hosts cannot be narrowed to some while it runs.
 */
function unneeded(
  config: Config,
  source: SettingsSource,
): Permission[] {
  const sealing = sealingOf(config);
  const urls = [config.storeUrl, ...sealing ? [sealing.keyStoreUrl] : []];
  const places = urls.map(locateStore);
  const needed = new Set(config.destinations.flatMap(neededBy));
  if (places.some(({ file }) => file !== null)) needed.add("write");
  // The driver of a database reads variables whenever it connects.
  const hasDatabase = places.some(({ file, isKept }) =>
    file === null && isKept
  );
  if (hasDatabase || source.needsEnvironment) needed.add("env");
  const all: Permission[] = ["env", "run", "sys", "write"];
  return all.filter((permission) => !needed.has(permission));
}

function isDoneWithin(timeoutMs: number, task: Promise<unknown>) {
  return withTimeout(task.then(() => true), timeoutMs, false);
}

/** The first signal asks to stop; the second ends the commands in progress, then the process. */
function stopSignal(logger: Logger, io: Io) {
  const requested = Promise.withResolvers<void>();
  let signals = 0;
  let app: App | undefined;
  const ignore = io.onStopSignal((signal) => {
    signals++;
    if (signals === 1) {
      logger.log({ msg: "stopping", signal });
      return requested.resolve();
    }
    const exit = () => io.exit(signal === "SIGTERM" ? 143 : 130);
    if (!app || signals > 2) return exit();
    void isDoneWithin(ABORT_TIMEOUT_MS, app.abort()).finally(exit);
  });
  return {
    requested: requested.promise,
    ignore,
    /** Names the app whose commands are to be ended. */
    watch: (running: App) => void (app = running),
  };
}
