/**
 * Runs the load generator against a server.
 *
 * @module
 */

import type { Cleanup } from "./cleanup.ts";
import type { LoadReport } from "./load.ts";
import { CONFIG_FILE, localPath } from "./programs.ts";

/** What to send, by the names of the generator's flags. */
export interface LoadOptions {
  readonly port: number;
  readonly concurrency: number;
  readonly events: number;
  readonly seconds: number;
  readonly warmup?: number;
  readonly "warmup-seconds"?: number;
  readonly prebuilt?: number;
}

/**
 * Sends deliveries until all are sent or the time is up.
 *
 * @returns What the generator measured.
 * @throws When it could not measure.
 */
export async function runLoad(
  options: LoadOptions,
  cleanup: Cleanup,
): Promise<LoadReport> {
  const child = cleanup.spawn(Deno.execPath(), {
    args: [
      "run",
      "--allow-net",
      "--no-prompt",
      `--config=${CONFIG_FILE}`,
      localPath("load.ts"),
      ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  });
  const { success, stdout } = await child.output();
  if (!success) throw new Error("Cannot measure as the load generator failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}
