import type { DatabaseSync } from "node:sqlite";

/** Reads a pragma whose value is a number. */
export function pragma(db: DatabaseSync, name: string): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
