/**
 * Keeps a server from a database engine that is known to lose data.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import SUPPORTED from "../supported.json" with { type: "json" };
import { engineVersion, losesCommits } from "../store/open_store.ts";

/** The engine that keeps a SQLite store. */
export interface Engine {
  /** Its name and version, such as `SQLite 3.53.2`. */
  readonly name: string;
  /** Whether it may lose events that were stored. */
  readonly isUnsafe: boolean;
}

/** What to do about an unsafe engine. */
export const ENGINE_HINT =
  `run or compile persona-inbox with Deno ${SUPPORTED.deno.oldest} or newer`;

/**
 * Reads which engine this runtime carries.
 *
 * @returns The engine.
 */
export function readEngine(): Engine {
  const version = engineVersion();
  return { name: `SQLite ${version}`, isUnsafe: losesCommits(version) };
}

/**
 * Refuses an engine that can lose what it has stored.
 *
 * @throws {UsageError} If this runtime carries one.
 */
export function checkEngine(): void {
  const { name, isUnsafe } = readEngine();
  if (!isUnsafe) return;
  throw new UsageError([
    `Cannot serve: ${name} of this runtime can lose stored events: ${ENGINE_HINT}`,
  ]);
}
