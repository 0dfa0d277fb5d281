// The settings of a PostgreSQL server by which it could lose what it has confirmed.

import type { StoreFault } from "../store_fault.ts";
import type { Database } from "./database.ts";

const FAULTS: Readonly<Record<string, StoreFault>> = {
  fsync: {
    message: "the server runs with fsync=off: a crash can lose stored events",
    hint: "Set fsync = on in its postgresql.conf",
  },
  full_page_writes: {
    message:
      "the server runs with full_page_writes=off: a crash can damage the store",
    hint: "Set full_page_writes = on in its postgresql.conf",
  },
  synchronous_commit: {
    message:
      "the server has synchronous_commit=off: each write of the inbox sets it on",
    hint:
      "Set synchronous_commit = on for this user, so that nothing depends on that",
  },
};

/** Finds settings by which the server could lose something. */
export async function serverFaults(
  database: Database,
): Promise<readonly StoreFault[]> {
  const names = Object.keys(FAULTS);
  const [row] = await database.query(
    `SELECT ${names.map((name) => `current_setting('${name}') AS ${name}`)}`,
  );
  return names.flatMap((name) =>
    row?.[name] === "off" ? FAULTS[name] ?? [] : []
  );
}
