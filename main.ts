/**
 * The program: a durable inbox for Persona webhooks.
 *
 * @module
 */

import { systemIo } from "./lib/cli/io.ts";
import { run } from "./lib/cli/run.ts";

if (import.meta.main) {
  Deno.exitCode = await run(Deno.args, systemIo(Deno.exit));
}
