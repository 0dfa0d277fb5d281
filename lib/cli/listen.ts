// The two listeners of a server: the public one for deliveries, and the local one
// to look inside.

import type { App } from "../app/app.ts";
import { InboxError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { hostOfListener } from "../config/this_machine.ts";
import type { Config } from "../config/settings.ts";
import { serveWithRestart } from "./serve_with_restart.ts";

/** Options of a listener. */
interface ListenOptions {
  readonly hostname: string;
  readonly port: number;
  readonly hint: string;
  readonly logger: Logger;
}

/** A listener that is up. */
export interface Listening {
  readonly port: number;
  /** Its address for a browser on this machine. */
  readonly url: string;
  /** Ends it; resolves when all its connections are closed. */
  shutdown(): Promise<void>;
}

/**
 * Listens for deliveries, and locally unless that is turned off.
 *
 * @param logger Logs the use of another port, and a later failure to listen.
 * @throws {InboxError} With each address that cannot be listened on.
 */
export async function listen(
  app: App,
  config: Config,
  logger: Logger,
): Promise<{ listening: Listening; local: Listening | undefined }> {
  const faults: InboxError[] = [];
  const listening = attempt(() => listenPublicly(app, config, logger));
  const isWanted = listening !== undefined || config.isAdminPortChosen;
  const local = attempt(() =>
    isWanted ? listenLocally(app, config, logger) : undefined
  );
  if (listening && faults.length === 0) return { listening, local };
  await Promise.all([listening?.shutdown(), local?.shutdown()]);
  const texts = faults.map(({ message, hint }) => `${message}\n${hint}`);
  const lines = texts.join("\n").split("\n");
  throw new InboxError(lines.slice(0, -1).join("\n"), lines.at(-1) ?? "");

  function attempt<Result>(listen: () => Result): Result | undefined {
    try {
      return listen();
    } catch (error) {
      if (!(error instanceof InboxError)) throw error;
      faults.push(error);
      return undefined;
    }
  }
}

function listenPublicly(
  app: App,
  { hostname, port }: Config,
  logger: Logger,
): Listening {
  const hint = "Choose another with --port (0 picks a free one) or --host";
  return listenOn(app.handler, { hostname, port, hint, logger });
}

/** A default port that is in use does not keep the server from receiving: a free one is used. */
function listenLocally(
  app: App,
  config: Config,
  logger: Logger,
): Listening | undefined {
  const { adminHostname: hostname, adminPort: port } = config;
  if (port === null) return undefined;
  const local = app.createLocal();
  const hint =
    "Choose another with --admin-port (0 picks a free one, off turns it off) or --admin-host";
  const listening = listenOrClose({ hostname, port, hint, logger });
  return {
    ...listening,
    async shutdown() {
      await Promise.all([local.close(), listening.shutdown()]);
    },
  };

  /** Closes the local app on failure: its thread would keep the process alive. */
  function listenOrClose(options: ListenOptions): Listening {
    try {
      return listenAt(options);
    } catch (error) {
      void local.close();
      throw error;
    }
  }

  function listenAt(options: ListenOptions): Listening {
    try {
      return listenOn(local.handle, options);
    } catch (error) {
      const isTaken = error instanceof InboxError &&
        error.cause instanceof Deno.errors.AddrInUse;
      if (!isTaken || config.isAdminPortChosen) throw error;
      const other = listenOn(local.handle, { ...options, port: 0 });
      const { port: wanted } = options;
      logger.log({ msg: "local port in use", wanted, port: other.port });
      return other;
    }
  }
}

function listenOn(
  handler: Deno.ServeHandler,
  { hostname, port, hint, logger }: ListenOptions,
): Listening {
  try {
    const server = serveWithRestart(handler, { hostname, port }, logger);
    const host = hostOfListener(hostname, "localhost");
    return { ...server, url: `http://${host}:${server.port}` };
  } catch (error) {
    const reason = error instanceof Deno.errors.AddrInUse
      ? "another program listens there"
      : "the address is not one of this machine, or not permitted";
    throw new InboxError(
      `Cannot listen on ${hostname}:${port}: ${reason}`,
      hint,
      { cause: error },
    );
  }
}
