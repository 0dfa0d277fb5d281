import { UsageError } from "../errors.ts";
import SUPPORTED from "../supported.json" with { type: "json" };
import { engineVersion, losesCommits } from "../store/open_store.ts";

/** A database engine. */
export interface Engine {
  /** Its name and version, such as `SQLite 3.53.2`. */
  readonly name: string;
  /** True if it may lose stored events. */
  readonly isUnsafe: boolean;
}

/** The hint about an unsafe engine. */
export const ENGINE_HINT =
  `run or compile persona-inbox with Deno ${SUPPORTED.deno.oldest} or newer`;

/** Returns the engine of this runtime. */
export function readEngine(): Engine {
  const version = engineVersion();
  return { name: `SQLite ${version}`, isUnsafe: losesCommits(version) };
}

/**
 * Refuses an engine that can lose what it has stored.
 *
 * @throws {UsageError} If this runtime has one.
 */
export function checkEngine(): void {
  const { name, isUnsafe } = readEngine();
  if (!isUnsafe) return;
  throw new UsageError([
    `Cannot serve: ${name} of this runtime can lose stored events: ${ENGINE_HINT}`,
  ]);
}
