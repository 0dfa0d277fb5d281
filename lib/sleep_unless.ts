import type { SetTimer } from "./clock.ts";

/** Waits for a while, or until a signal is aborted. */
export async function sleepUnless(
  signal: AbortSignal,
  delayMs: number,
  setTimer: SetTimer,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => resolve();
  const cancel = setTimer(end, delayMs);
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  await promise;
  // Otherwise a signal that outlives many waits would keep them all.
  signal.removeEventListener("abort", end);
  cancel();
}

/** Resolves when a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
