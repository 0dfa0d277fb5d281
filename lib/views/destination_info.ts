/**
 * Destinations as they may be shown: no secret, and nothing that may hold one.
 *
 * @module
 */

import type {
  DestinationConfig,
  DestinationTarget,
} from "../destinations/destination_config.ts";

/** What may be told of a destination of the settings. */
export interface DestinationInfo {
  readonly name: string;
  /** `handlers`: functions of the program itself. */
  readonly kind: DestinationTarget["kind"] | "handlers";
  readonly target: string;
  readonly events: readonly string[];
  readonly order: "object" | "none";
}

/** How a destination is doing at the moment. */
export interface DestinationActivity {
  readonly destination: string;
  /** How many attempts are under way. */
  readonly running: number;
  /** Until when it is left alone, as it is down; null when it is not. */
  readonly pausedUntilMs: number | null;
}

/**
 * Describes a destination of the settings.
 *
 * @param config The destination.
 * @returns What may be told of it.
 */
export function destinationInfo(config: DestinationConfig): DestinationInfo {
  const { name, target, events, order } = config;
  return { name, kind: target.kind, target: textOf(target), events, order };
}

/**
 * Shows a URL without its path, which is often a secret.
 *
 * @param url An http or https URL.
 */
export function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url);
  return pathname === "/" && search === "" ? origin : `${origin}/…`;
}

/** The path of a URL is often a secret, and so are a command's arguments. */
function textOf(target: DestinationTarget): string {
  switch (target.kind) {
    case "http": {
      return shownUrl(target.url);
    }
    case "exec": {
      const [program, ...args] = target.command;
      return args.length === 0 ? program : `${program} …`;
    }
    case "module":
      return target.path;
  }
}
