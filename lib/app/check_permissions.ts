// Permissions that a program with an inbox in it needs beside those for its store.

import { UsageError } from "../errors.ts";

/**
 * Refuses to continue without read access to the files of this package: the threads of a
 * store are started from them, and would fail one by one.
 *
 * @throws {UsageError} If reading them is not permitted.
 */
export function checkPermissions(): void {
  const root = new URL("../", import.meta.url);
  if (root.protocol !== "file:" || Deno.build.standalone) return;
  const { state } = Deno.permissions.querySync({ name: "read", path: root });
  if (state === "granted") return;
  throw new UsageError([
    `Cannot start the threads of the store: reading ${root.pathname} is not permitted: add it to --allow-read`,
  ]);
}
