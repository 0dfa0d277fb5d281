/**
 * A configured destination, checked and with all defaults.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";

/** The target of a destination. */
export type DestinationTarget =
  | {
    readonly kind: "http";
    /** An http or https URL without credentials. */
    readonly url: string;
    /** The signing secret; null if there is none. */
    readonly secret: string | null;
    /** Further headers by name in lower case; values may be secrets. */
    readonly headers?: Readonly<Record<string, string>>;
  }
  | {
    readonly kind: "exec";
    /** Program and arguments; the program is an absolute path, or a name to look up. */
    readonly command: readonly [string, ...string[]];
  }
  | {
    readonly kind: "module";
    /** Absolute path of a `.ts`, `.mts`, `.js` or `.mjs` file. */
    readonly path: string;
  };

/** The settings of a destination. */
export interface DestinationConfig {
  /**
   * A unique name, under which dispatches are stored. Letters, digits, dots, hyphens and
   * underscores, at most 64.
   */
  readonly name: string;
  readonly target: DestinationTarget;
  /** Globs; an event's name must match one of them. */
  readonly events: readonly string[];
  /** Persona's payload filter, validated; null matches every payload. */
  readonly filter: JsonObject | null;
  /** `object`: one object's events one at a time by created-at. */
  readonly order: "object" | "none";
  /** The most attempts at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** Failed attempts after which a dispatch is a dead letter. */
  readonly attemptsMax: number;
}

/** The environment of a process, as `Deno.Command` takes it. */
export interface ChildEnvironment {
  /** True if `env` replaces the inherited environment instead of adding to it. */
  readonly clearEnv?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}
