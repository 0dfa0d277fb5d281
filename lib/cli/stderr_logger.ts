import { prettyFormat } from "../lines/log_pretty.ts";
import { createLogger, type Logger } from "../log.ts";
import type { Io } from "./io.ts";

/** Runs something with a log on standard error, for the person who runs a command. */
export async function withStderrLog<Result>(
  io: Io,
  run: (logger: Logger) => Promise<Result>,
): Promise<Result> {
  const { stderrHasColor: color, stderrColumns: columns } = io;
  const logger = createLogger({
    format: prettyFormat({ color, columns }),
    write: (lines) => io.stderr(lines),
  });
  try {
    return await run(logger);
  } finally {
    await logger.flush();
  }
}
