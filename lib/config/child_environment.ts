// The environment of the processes that a server starts for destinations: its own,
// without what only the server itself is to read.

import type { ChildEnvironment } from "../destinations/destination_config.ts";
import { SETTING_NAMES } from "./setting_names.ts";

/**
 * Removes every setting of the inbox, and every variable that `inbox.json` reads.
 *
 * @param whole The environment of the server; empty when it may not be read.
 * @param named Variables that a `$NAME` in `inbox.json` names.
 * @returns The rest. Where the whole may not be read, these variables are emptied.
 */
export function childEnvironment(
  whole: Readonly<Record<string, string>>,
  named: Iterable<string>,
): Required<ChildEnvironment> {
  const hidden = new Set(SETTING_NAMES);
  for (const name of named) hidden.add(name).add(`${name}_FILE`);
  const entries = Object.entries(whole);
  if (entries.length > 0) {
    const kept = entries.filter(([name]) => !hidden.has(name));
    return { clearEnv: true, env: Object.fromEntries(kept) };
  }
  const emptied = [...hidden].map((name) => [name, ""] as const);
  return { clearEnv: false, env: Object.fromEntries(emptied) };
}
