// Destinations as they are shown, without secrets and anything that may contain one.

import type {
  DestinationConfig,
  DestinationTarget,
} from "../destinations/destination_config.ts";

/** A configured destination as it is shown. */
export interface DestinationInfo {
  readonly name: string;
  /** `handlers`: functions of the program itself. */
  readonly kind: DestinationTarget["kind"] | "handlers";
  readonly target: string;
  readonly events: readonly string[];
  readonly order: "object" | "none";
}

/** The current activity of a destination. */
export interface DestinationActivity {
  readonly destination: string;
  /** The number of running attempts. */
  readonly running: number;
  /** The time of the next probe; null if it is not down. */
  readonly pausedUntilMs: number | null;
}

/**
 * Describes a configured destination.
 *
 * @returns Its description, without secrets.
 */
export function destinationInfo(config: DestinationConfig): DestinationInfo {
  const { name, target, events, order } = config;
  return { name, kind: target.kind, target: textOf(target), events, order };
}

/**
 * Formats a URL without its path, which is often a secret.
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
