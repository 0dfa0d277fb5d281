// A server that keeps listening. Deno stops for good when a connection cannot be
// accepted, as when the process has as many files open as the system allows. Before 2.8
// it says so only once all open connections have ended.

import type { Logger } from "../log.ts";

/** The wait before listening again. */
const RETRY_MS = 500;

/** A server that listens until it is shut down. */
export interface RestartingServer {
  readonly port: number;
  /** Ends it; resolves when all its connections are closed. */
  shutdown(): Promise<void>;
}

/**
 * Listens, and again whenever listening ends. Open connections are kept meanwhile.
 *
 * @param logger Logs when nobody can connect, and when that is over.
 * @throws {Error} If it cannot listen at first.
 */
export function serveWithRestart(
  handler: Deno.ServeHandler,
  address: { hostname: string; port: number },
  logger: Logger,
): RestartingServer {
  const { hostname } = address;
  const stopped = Promise.withResolvers<null>();
  let isStopping = false;
  let server = serve(address.port);
  const { port } = server.addr;
  void endure();

  function serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    return Deno.serve({ port, hostname, onListen: () => {} }, handler);
  }

  async function endure(): Promise<void> {
    while (!isStopping) {
      const fault = await server.finished.then(() => null, faultOf);
      if (isStopping || fault === null) return;
      logger.log({ msg: "listener failed", port, fault });
      while (!await listensAgain());
    }
  }

  /** True if it listens, or was stopped. */
  async function listensAgain(): Promise<boolean> {
    const pause = Promise.withResolvers<null>();
    const timer = setTimeout(pause.resolve, RETRY_MS, null);
    await Promise.race([pause.promise, stopped.promise]);
    clearTimeout(timer);
    if (isStopping) return true;
    try {
      server = serve(port);
      logger.log({ msg: "listening again", port });
      return true;
    } catch {
      return false;
    }
  }

  return {
    port,
    async shutdown() {
      isStopping = true;
      stopped.resolve(null);
      await server.shutdown();
    },
  };
}

/** The system's words, such as "Too many open files". */
function faultOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
