// A log that tells once of what fails again and again: a store that fails does so for
// each delivery, and the log may be on the same full disk.

import type { Clock } from "../clock.ts";
import type { LogEntry, Logger } from "../log.ts";

/** The time in which the same failure is not logged again, and after which it is over. */
const REPEAT_MS = 10_000;

/** More failures at once are logged each. */
const FAULTS_MAX = 20;

/**
 * Wraps a logger to leave out failures of the store that were logged just now, and to
 * tell how many they were once it is over.
 */
export function withoutRepeats(logger: Logger, clock: Clock): Logger {
  /** The times when failures were logged, by their text. */
  const loggedAtMs = new Map<string, number>();
  let lastMs = 0;
  let failures = 0;
  let isLost = false;
  const isRepeated = (fault: string) => {
    const nowMs = clock.nowMs();
    lastMs = nowMs;
    failures++;
    const beforeMs = loggedAtMs.get(fault);
    // The clock may be set.
    const isRepeat = Math.abs(nowMs - (beforeMs ?? -Infinity)) < REPEAT_MS;
    if (isRepeat) return true;
    if (loggedAtMs.size < FAULTS_MAX) loggedAtMs.set(fault, nowMs);
    return false;
  };
  const tellEnd = () => {
    if (failures === 0 || Math.abs(clock.nowMs() - lastMs) < REPEAT_MS) return;
    logger.log({ msg: "store works again", failures });
    failures = 0;
    loggedAtMs.clear();
  };
  const log = (entry: LogEntry) => {
    if (entry.msg === "store lost") isLost = true;
    // Whoever meets a store that is lost says that it goes on, which it will not.
    else if (isLost && entry.msg === "store failed") return;
    if (entry.msg === "store failed" && isRepeated(entry.fault)) return;
    if (entry.msg === "received") tellEnd();
    logger.log(entry);
  };
  return { log, flush: () => logger.flush() };
}
