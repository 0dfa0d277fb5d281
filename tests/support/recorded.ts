import { openReader } from "../../lib/store/open_store.ts";
import type { ServerProcess } from "./server_process.ts";
import { eventually } from "./within.ts";

/**
 * Waits until an attempt is logged, and until the store has it, too: that comes later.
 *
 * @param server The server that makes it.
 * @param pattern A part of what is logged.
 * @param storeUrl The store; that in the server's folder unless given.
 */
export async function recorded(
  server: ServerProcess,
  pattern: RegExp,
  storeUrl = `sqlite:${server.cwd}/data/inbox.db`,
): Promise<void> {
  const entry = new RegExp(`^.*(?:${pattern.source}).*\\n`, "m");
  const [line] = await server.logged(entry);
  const { eventId, destination, attempt } = JSON.parse(line);
  const reader = openReader(storeUrl);
  const isThere = async () => {
    const { dispatches = [] } = await reader.get(eventId) ?? {};
    return dispatches.some((one) =>
      one.destination === destination &&
      one.attempts.some(({ number }) => number === attempt)
    );
  };
  try {
    await eventually(60_000, isThere, () => `${line} to be recorded`);
  } finally {
    reader.close();
  }
}
