import { prettyFormat } from "../lines/log_pretty.ts";
import { createLogger, type Logger } from "../log.ts";
import type { Io } from "./io.ts";

/** Creates a log on standard error, for the person who runs a command. */
export function stderrLogger(io: Io): Logger {
  return createLogger({
    format: prettyFormat({
      color: io.stderrHasColor,
      columns: io.stderrColumns,
    }),
    write: (lines) => io.stderr(lines),
  });
}
