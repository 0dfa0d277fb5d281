/**
 * One destination of the settings, checked and with every default in place.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";

/** How events get to a destination. */
export type DestinationTarget =
  | {
    readonly kind: "http";
    /** An http or https URL without credentials. */
    readonly url: string;
    /** Signs what is sent; null when there is no secret at all. */
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

/** A destination and how it wants to be served. */
export interface DestinationConfig {
  /**
   * Unique; what dispatches are stored under. Letters, digits, dots, hyphens and
   * underscores, at most 64.
   */
  readonly name: string;
  readonly target: DestinationTarget;
  /** Globs, one of which an event's name must match. */
  readonly events: readonly string[];
  /** Persona's payload filter, without faults; null takes every payload. */
  readonly filter: JsonObject | null;
  /** `object`: one object's events one at a time by created-at. */
  readonly order: "object" | "none";
  /** The most attempts at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** After so many failed attempts a dispatch is a dead letter. */
  readonly attemptsMax: number;
}

/** The environment of a process, as `Deno.Command` takes it. */
export interface ChildEnvironment {
  /** Whether `env` is all that there is; otherwise it is added to what is inherited. */
  readonly clearEnv?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}
