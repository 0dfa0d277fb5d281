/**
 * What the program is run with: the flags of `deno task dev`.
 *
 * @module
 */

import denoJson from "../../deno.json" with { type: "json" };

/** Permissions and runtime flags, as the executable has them too. */
export function devFlags(): string[] {
  return denoJson.tasks.dev.command.split(" ").filter((flag) =>
    /^--(allow-|no-prompt|v8-flags)/.test(flag)
  );
}
