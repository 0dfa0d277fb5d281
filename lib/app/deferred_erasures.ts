// Erases what Persona has redacted while it was on hold, soon after the hold has ended: at
// the start, and every minute, as a hold may run out.

import { type SetTimer, systemTimer } from "../clock.ts";
import { storeFaultEntry } from "../dispatch/store_fault.ts";
import { toLoggable } from "../log.ts";
import { sleepUnless } from "../sleep_unless.ts";
import type { LocalParts } from "./local_app.ts";

const EVERY_MS = 60_000;

/** Options of {@linkcode startDeferredErasures}. */
export interface DeferredErasuresOptions {
  /** @default {systemTimer} */
  readonly setTimer?: SetTimer;
}

/**
 * Starts to look for erasures that nothing holds any more.
 *
 * @param parts The current parts of the inbox.
 * @returns Stops it; resolves when nothing is being erased any more.
 */
export function startDeferredErasures(
  parts: () => Pick<LocalParts, "config" | "eraser" | "logger">,
  { setTimer = systemTimer }: DeferredErasuresOptions = {},
): () => Promise<void> {
  const stop = new AbortController();
  const look = async () => {
    const { config, eraser, logger } = parts();
    try {
      if (config.onRedacted !== "erase") return;
      for (const { events, ...about } of await eraser.eraseDeferred()) {
        const eventId = toLoggable(about.eventId);
        const objectId = toLoggable(about.objectId);
        logger.log({ msg: "erased", events, eventId, objectId });
      }
    } catch (error) {
      if (!stop.signal.aborted) logger.log(storeFaultEntry(error));
    }
  };
  const work = async () => {
    while (!stop.signal.aborted) {
      await look();
      await sleepUnless(stop.signal, EVERY_MS, setTimer);
    }
  };
  const working = work();
  return async () => {
    stop.abort();
    await working;
  };
}
