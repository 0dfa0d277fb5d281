import { createLogger, type LogEntry, type Logger } from "../log.ts";

/**
 * Creates the logger of an inbox in a program.
 *
 * @param onLog Called with each entry. Without it, warnings and errors go to standard error:
 * an event handler that throws must not go unseen.
 */
export function createInboxLogger(
  onLog: ((entry: LogEntry) => void) | undefined,
): Logger {
  if (!onLog) return createLogger({ level: "warn", write: writeToStderr });
  return {
    log(entry) {
      try {
        onLog(entry);
      } catch {
        // A listener that throws must not affect what it observes.
      }
    },
    flush: () => Promise.resolve(),
  };
}

async function writeToStderr(text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await Deno.stderr.write(rest));
}
