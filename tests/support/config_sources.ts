import type { ConfigSources } from "../../lib/config/load_config.ts";

/** Where settings stand in a test; nothing of the machine's own is read. */
export interface FakeSources {
  flags?: Record<string, string>;
  env?: Record<string, string>;
  /** Texts by path; `.env` and `inbox.json` among them. */
  files?: Record<string, string>;
}

export function configSources(
  { flags = {}, env = {}, files = {} }: FakeSources = {},
): Required<Pick<ConfigSources, "flags" | "env" | "envAll" | "readTextFile">> {
  return {
    flags,
    envAll: () => env,
    env: (name) => Object.hasOwn(env, name) ? env[name] : undefined,
    readTextFile(path) {
      const text = Object.hasOwn(files, path) ? files[path] : undefined;
      if (text === undefined) throw new Deno.errors.NotFound(path);
      return text;
    },
  };
}
