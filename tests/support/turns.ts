import { setImmediate } from "node:timers";

/**
 * Lets turns of the event loop pass. What needs neither time nor another thread is over
 * after as many on a slow machine as on a fast one, unlike after some milliseconds.
 *
 * @param count How many.
 */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
