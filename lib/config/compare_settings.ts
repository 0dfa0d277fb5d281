import type { DestinationConfig } from "../destinations/destination_config.ts";
import { type Config, type Setting, SETTINGS } from "./settings.ts";

const { secrets: SECRETS } = SETTINGS;

/** Settings that a server can continue with, and how they differ from its current ones. */
export interface SettingsChange {
  readonly config: Config;
  /** Settings and destinations, without their values. */
  readonly changed: readonly string[];
  /** Those that stay as they were until a restart. */
  readonly restart: readonly string[];
}

/**
 * Works out what of other settings a server can apply.
 *
 * @param after The settings as they are read now.
 * @param canRun Tells whether a destination has the permissions that it needs.
 */
export function compareSettings(
  before: Config,
  after: Config,
  canRun: (destination: DestinationConfig) => boolean = () => true,
): SettingsChange {
  const changed: string[] = [];
  const restart: string[] = [];
  const kept: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const { env, isReloadable }: Setting<unknown> = setting;
    if (!Object.hasOwn(before, name)) continue; // It is a part of others.
    const key = name as keyof Config;
    if (isSame(before[key], after[key])) continue;
    // By default it is the first webhook secret.
    if (key === "forwardSecret" && changed.includes(SECRETS.env)) continue;
    (isReloadable ? changed : restart).push(env);
    if (!isReloadable) kept[key] = before[key];
  }
  if (!isSame(before.retention, after.retention)) changed.push("retention");
  const targets = compareDestinations(before, after, canRun);
  return {
    config: {
      ...after,
      ...kept,
      isAdminPortChosen: before.isAdminPortChosen,
      destinations: targets.destinations,
    },
    changed: [...changed, ...targets.changed],
    restart: [...restart, ...targets.restart],
  };
}

function compareDestinations(
  before: Config,
  after: Config,
  canRun: (destination: DestinationConfig) => boolean,
) {
  const changed: string[] = [];
  const restart: string[] = [];
  const old = new Map(before.destinations.map((one) => [one.name, one]));
  const destinations = after.destinations.flatMap((one) => {
    const known = old.get(one.name);
    old.delete(one.name);
    if (isSame(known, one)) return one;
    if (!canRun(one)) {
      restart.push(`destination ${one.name}`);
      return known ?? [];
    }
    changed.push(`destination ${one.name}${known ? "" : " added"}`);
    return one;
  });
  for (const name of old.keys()) changed.push(`destination ${name} removed`);
  return { changed, restart, destinations };
}

/** Settings are data. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
