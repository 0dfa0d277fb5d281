/**
 * Mounts that only one process sees, as in a container.
 *
 * @module
 */

import { runCommand } from "./program.ts";

/**
 * What makes a process see a file or folder in another place, too.
 *
 * @param from The file or folder.
 * @param to Something of the same kind, which it hides.
 * @returns Shell commands for `prelude`.
 */
export function bindMount(from: string, to: string): string {
  const mount = `mount --bind '${from}' '${to}' && exec "$@"`;
  return `exec unshare --mount bash -c ${
    JSON.stringify(mount).replaceAll("$", "\\$")
  } bash "$@"`;
}

/** Why it cannot be done here; undefined when it can. */
export async function whyNoBindMount(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "needs Linux";
  const { code } = await runCommand("unshare", ["--mount", "true"]);
  return code === 0 ? undefined : "needs the right to mount";
}
