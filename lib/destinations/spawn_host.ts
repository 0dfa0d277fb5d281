import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChildEnvironment } from "./destination_config.ts";
import { MODULE_COMMAND } from "./module_protocol.ts";
import { HAS_PROCESS_GROUPS } from "./process_group.ts";

/** Starts a process that waits for a `ModuleStart` on its standard input. */
export type SpawnHost = (
  url: string,
  environment: ChildEnvironment,
) => Deno.ChildProcess;

/** Permissions of a module, as far as the inbox has them: none to run processes. */
const PERMISSIONS = ["net", "read", "write", "env"] as const;

/**
 * Starts the program itself as a module's process: the executable, or this Deno with our
 * source.
 *
 * @param url File URL of the module.
 * @returns The process, everything piped, the leader of a group of its own.
 * @throws {Error} When it cannot be started.
 */
export function spawnHost(
  url: string,
  { clearEnv = false, env }: ChildEnvironment,
): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: Deno.build.standalone ? [MODULE_COMMAND] : denoArgs(url, clearEnv),
    clearEnv,
    env: { ...env, NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: HAS_PROCESS_GROUPS,
  }).spawn();
}

function denoArgs(url: string, hasOwnEnv: boolean): string[] {
  const allowed = PERMISSIONS.filter((name) =>
    // The environment was read at the start, before that permission was dropped.
    name === "env" && hasOwnEnv ||
    Deno.permissions.querySync({ name }).state === "granted"
  );
  return [
    "run",
    "--quiet",
    "--no-prompt",
    ...allowed.map((name) => `--allow-${name}`),
    "--allow-run", // To end itself; given up before the module is loaded.
    ...(hasPackages(fileURLToPath(url)) ? ["--node-modules-dir=manual"] : []),
    new URL("./module_host.ts", import.meta.url).href,
  ];
}

/** Returns whether a file has npm packages in its folder or one above. */
function hasPackages(path: string): boolean {
  const folder = dirname(path);
  if (folder === path) return false;
  return existsSync(join(folder, "node_modules")) || hasPackages(folder);
}
