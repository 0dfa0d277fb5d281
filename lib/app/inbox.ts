/**
 * The inbox inside a program of your own: it receives, stores and dispatches, and
 * your code handles, all in one process.
 *
 * ```ts
 * import { createInbox, defineHandlers } from "@persona-inbox/persona-inbox";
 *
 * const inbox = await createInbox({
 *   secrets: [`wbhsec_${crypto.randomUUID()}`],
 *   store: "sqlite::memory:",
 *   handlers: defineHandlers({
 *     "inquiry.approved": (event) => console.log(event.object?.id),
 *   }),
 * });
 * const server = Deno.serve({ port: 0, onListen() {} }, (request, info) => {
 *   const { pathname } = new URL(request.url);
 *   if (pathname === "/webhook") return inbox.handler(request, info);
 *   return new Response("The rest of your program");
 * });
 *
 * await server.shutdown();
 * await inbox.close();
 * ```
 *
 * @module
 */

import { createApp, openConfiguredStore } from "./app.ts";
import { systemClock } from "../clock.ts";
import type { EventPage, Stats } from "../views/api_types.ts";
import { eventFilterOf, type EventsQuery } from "./events_query.ts";
import { checkEngine } from "./check_engine.ts";
import { checkPermissions } from "./check_permissions.ts";
import { loadConfig } from "../config/load_config.ts";
import type { Config, SettingWarning } from "../config/settings.ts";
import { checkHandlers } from "../destinations/check_handlers.ts";
import { exemptLoopback } from "../config/proxy.ts";
import type { EventHandlers } from "../destinations/handlers.ts";
import { UsageError } from "../errors.ts";
import { createInboxLogger } from "./inbox_log.ts";
import { inboxOptionFaults, type TypedInboxOptions } from "./inbox_options.ts";
import { unmatchedGlobText } from "../persona/known_globs.ts";
import { inspectModule } from "./inspect_module.ts";
import { Monitor } from "../monitor/monitor.ts";

/** The wait for attempts when the inbox is closed. */
const CLOSE_TIMEOUT_MS = 9_000;

/** Shown instead of the name of `inbox.json` in faults. */
const SOURCE = "the options of createInbox()";

/** An inbox. */
export interface Inbox {
  /**
   * Handles `POST /webhook`, `GET /healthz` and `GET /readyz`, as the server does, and
   * answers 404 elsewhere. If deliveries come to another path of yours, pass on
   * `new Request(new URL("/webhook", request.url), request)`.
   *
   * @param request The request, its body not read yet.
   * @param info The connection, as `Deno.serve` passes it.
   */
  handler(
    request: Request,
    info: Deno.ServeHandlerInfo,
  ): Response | Promise<Response>;
  /**
   * Handles the requests of the local listener: the page, its API and `/metrics`. Serve
   * it on a port of its own, on 127.0.0.1: it shows what was received to anybody who
   * reaches it, unless `adminToken` is set.
   *
   * ```ts ignore
   * Deno.serve({ hostname: "127.0.0.1", port: 3001 }, inbox.localHandler);
   * ```
   *
   * @param request The request.
   * @param info The connection, as `Deno.serve` passes it.
   */
  localHandler(
    request: Request,
    info: Deno.ServeHandlerInfo,
  ): Response | Promise<Response>;
  /**
   * Lists events without their payloads, latest arrival first.
   *
   * @param query Which events; all by default.
   * @returns A page, and the cursor of the next.
   * @throws {UsageError} If the query is invalid.
   * @throws {StoreError} If the store cannot be read.
   */
  events(query?: EventsQuery): Promise<EventPage>;
  /**
   * Returns the numbers that the page shows: events, pending dispatches, dead letters,
   * and the state of each destination.
   *
   * @throws {StoreError} If the store cannot be read.
   */
  stats(): Promise<Stats>;
  /**
   * Dispatches dead letters again, as `persona-inbox replay` does while the program does
   * not run.
   *
   * @param ids Events to replay, what is pending at once too; by default all that have a
   *   dead letter.
   * @returns The number of dispatches that go out again, also of destinations beside
   *   `handlers`.
   * @throws {StoreError} If the store cannot be read or written.
   */
  replay(ids?: readonly string[]): Promise<number>;
  /**
   * Finishes what was begun, at most 9 s long, and closes the store. A handler must not
   * wait for it, as it waits for the handlers.
   */
  close(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens an inbox. It needs to read and write the folder of the store and to read the
 * files of this package; destinations need what they do: the network, or to run
 * programs. Nothing else in the program may open the store's files while it is
 * open, not even to copy them: on POSIX systems to close them again drops the locks
 * that SQLite holds on them.
 *
 * @param options Secrets, store, event handlers and destinations.
 * @returns The inbox, ready to receive.
 * @throws {UsageError} If options are invalid, with all faults at once; if a module cannot
 *   be loaded; if this runtime's SQLite can lose data (Deno before 2.9.1).
 * @throws {StoreError} If the store cannot be opened.
 */
export async function createInbox<Glob extends string = string>(
  options: TypedInboxOptions<Glob>,
): Promise<Inbox> {
  checkEngine();
  exemptLoopback();
  const faults = inboxOptionFaults(options);
  if (faults.length > 0) throw new UsageError(faults);
  const { secrets, handlers, onLog, ...settings } = options;
  const text = JSON.stringify({ secret: secrets, ...settings });
  const config = loadConfig("serve", {
    flags: { config: SOURCE },
    env: () => undefined,
    nameOf: (path) => path.replace(/^secret\b/, "secrets"),
    readTextFile(path) {
      if (path === SOURCE) return text;
      throw new Deno.errors.NotFound();
    },
  });
  if (config.storeUrl !== "sqlite::memory:") checkPermissions();
  await refuseUnusable(config, handlers);
  const monitor = new Monitor(systemClock);
  const logger = monitor.observe(createInboxLogger(onLog));
  for (const { summary, hint } of warningsOf(config, handlers)) {
    logger.log({ msg: "settings warning", warning: summary, hint });
  }
  const store = await openConfiguredStore(config, { logger, monitor });
  const app = await createApp(config, store, {
    logger,
    monitor,
    ...(handlers && { handlers }),
  });
  const local = app.createLocal();
  const close = async () => {
    await Promise.all([local.close(), app.drain(CLOSE_TIMEOUT_MS)]);
    await app.close();
    await logger.flush();
  };
  return {
    handler: app.handler,
    localHandler: local.handle,
    events: async (query = {}) =>
      await local.events(eventFilterOf(query, systemClock.nowMs())),
    stats: local.stats,
    async replay(ids) {
      const { dispatches } = await app.replay(ids ? { ids } : { isDead: true });
      return dispatches;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Throws if handlers or modules cannot be used, as each event would fail. */
async function refuseUnusable(
  { destinations, childEnvironment }: Config,
  handlers: EventHandlers | undefined,
): Promise<void> {
  const faults: string[] = [];
  const checked = handlers && checkHandlers(handlers, "handlers");
  if (checked?.ok === false) faults.push(checked.fault);
  for (const { name, target } of destinations) {
    if (target.kind !== "module") continue;
    if (Deno.build.standalone) {
      faults.push(
        `Cannot dispatch to ${name}: a module needs Deno, which a compiled program has not: pass its handlers to createInbox()`,
      );
      continue;
    }
    const loaded = await inspectModule(target.path, {
      environment: childEnvironment,
    });
    if (loaded.ok) continue;
    faults.push(
      `Cannot dispatch to ${name}: the module cannot be loaded: ${loaded.fault}`,
    );
  }
  if (faults.length > 0) throw new UsageError(faults);
}

function warningsOf(
  { warnings }: Config,
  handlers: EventHandlers | undefined,
): readonly SettingWarning[] {
  const keys = Object.keys(handlers ?? {}).flatMap((glob) => {
    const summary = unmatchedGlobText(glob);
    const hint = "Fix the key, unless the event is newer";
    return summary === null ? [] : [{ summary: `handlers: ${summary}`, hint }];
  });
  return [...warnings, ...keys];
}
