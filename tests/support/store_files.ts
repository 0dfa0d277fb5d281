import { DatabaseSync } from "node:sqlite";
import { LOG_HEADER_BYTES } from "../../lib/store/sqlite/file_format.ts";
import { parseMark } from "../../lib/store/sqlite/open_mark.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import type { Delivery } from "../../lib/store/store.ts";
import { eventually } from "./within.ts";

/** Makes a store of some deliveries, closed again. */
export async function makeStore(
  path: string,
  sent: readonly Delivery[] = [],
): Promise<void> {
  const store = await openSqliteStore(path, { bodyBytesMax: 1 << 20 });
  await Promise.all(sent.map((one) => store.accept(one)));
  await store.close();
}

/** Runs SQL on a database file, from another connection. */
export function execSql(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

/** The value of a pragma, as another connection sees it. */
export function pragmaOf(path: string, name: string): unknown {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare(`PRAGMA ${name}`).get()?.[name];
  } finally {
    db.close();
  }
}

/** The only value of a query, as another connection sees it. */
export function valueOf(path: string, sql: string): unknown {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return Object.values(db.prepare(sql).get() ?? {})[0];
  } finally {
    db.close();
  }
}

/** The version of a store's schema. */
export function schemaVersionOf(path: string): number {
  return parseMark(Number(pragmaOf(path, "user_version"))).schemaVersion;
}

/** Names of the files in a folder, sorted. */
export function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Puts a backup in the place of a stopped store, as the README says. */
export async function putBack(copy: string, path: string): Promise<void> {
  for (const end of ["-wal", "-shm"]) {
    await Deno.remove(`${path}${end}`).catch(() => {});
  }
  await Deno.copyFile(copy, path);
}

/** Waits until the log of a store that is written starts over. */
export async function nextRound(log: string): Promise<void> {
  const roundOf = async () => {
    const bytes = new Uint8Array(LOG_HEADER_BYTES);
    using file = await Deno.open(log);
    await file.read(bytes);
    return bytes.subarray(12, 24).toHex(); // Its sequence and salt.
  };
  const before = await roundOf();
  const isNext = async () => await roundOf() !== before;
  await eventually(60_000, isNext, () => `another round of ${log}`);
}
