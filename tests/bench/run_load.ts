/**
 * Runs the load generator against a server.
 *
 * @module
 */
// deno-lint-ignore-file no-console

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
  /** The pace of an open loop. */
  readonly "per-second"?: number;
  /** The events of each object. */
  readonly "per-object"?: number;
  /** The server's process, for its processor time. */
  readonly pid?: number;
}

/**
 * Sends deliveries until all are sent or the time is up. When one is not accepted, the
 * bench exits with 1.
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
      "--allow-all",
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
  const report: LoadReport = JSON.parse(new TextDecoder().decode(stdout));
  if (report.refused + report.broken > 0) {
    console.error("NOT ACCEPTED:", report.statuses, `broken: ${report.broken}`);
    Deno.exitCode = 1;
  }
  return report;
}
