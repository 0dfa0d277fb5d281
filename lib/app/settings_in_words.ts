// Settings in words for the audit trail: the values of those that are not secrets, and
// fingerprints of the others.

import { type Config, type Setting, SETTINGS } from "../config/settings.ts";
import type { DestinationConfig } from "../destinations/destination_config.ts";
import type { JsonValue } from "../json/json.ts";
import { secretFingerprint } from "../secret_fingerprint.ts";

/** The settings that decide on erasing. */
const ERASING = ["onRedacted", "retentionDays", "retentionDeadDays"] as const;

/** Tells the settings that decide on erasing, and who may ask for it. */
export async function erasingInWords(config: Config): Promise<string> {
  const parts = ERASING.map((name) =>
    `${SETTINGS[name].env} ${plain(config[name])}`
  );
  const { env } = SETTINGS.adminTokens;
  return [
    ...parts,
    `retention ${rulesText(config)}`,
    `${env} ${await tokensText(config)}`,
  ].join("; ");
}

/**
 * Tells what changed settings were, and what they are.
 *
 * @param changed Their names, as `compareSettings()` gives them.
 */
export async function changesInWords(
  before: Config,
  after: Config,
  changed: readonly string[],
): Promise<string> {
  const texts = changed.map(async (name) => {
    const destination = /^destination (\S+)/.exec(name)?.[1];
    if (destination !== undefined) {
      const [one, other] = await Promise.all(
        [before, after].map((config) => destinationParts(config, destination)),
      );
      return `${name}: ${differences(one, other)}`;
    }
    const [was, is] = await Promise.all([
      valueText(before, name),
      valueText(after, name),
    ]);
    return `${name} ${was} → ${is}`;
  });
  return (await Promise.all(texts)).join("; ");
}

/** The text of a setting by its name in the environment, or that of the rules. */
async function valueText(config: Config, env: string): Promise<string> {
  if (env === "retention") return rulesText(config);
  if (env === SETTINGS.adminTokens.env) return await tokensText(config);
  const [name, setting] =
    Object.entries(SETTINGS).find(([, one]) => one.env === env) ?? [];
  const { isSecret, hasPassword }: Partial<Setting<unknown>> = setting ?? {};
  const value = (config as unknown as Record<string, JsonValue>)[name ?? ""] ??
    null;
  if (!isSecret && !hasPassword) return plain(value);
  return await fingerprints([value ?? []].flat());
}

/** As in `inbox.json`. */
function rulesText({ retention }: Config): string {
  if (retention.length === 0) return "none";
  return JSON.stringify(retention.map(({ match, min, max, basis }) => ({
    match,
    ...min && { min: min.text },
    ...max && { max: max.text },
    ...basis !== null && { basis },
  })));
}

async function tokensText({ adminTokens }: Config): Promise<string> {
  const texts = adminTokens.map(async ({ name, role, token }) =>
    `${name}:${role}:${await secretFingerprint(token)}`
  );
  return (await Promise.all(texts)).join(", ") || "none";
}

function plain(value: JsonValue): string {
  if (value === null) return "off";
  return typeof value === "string" ? value : JSON.stringify(value);
}

async function fingerprints(values: readonly JsonValue[]): Promise<string> {
  const texts = values.map((value) =>
    secretFingerprint(
      typeof value === "string" ? value : JSON.stringify(value),
    )
  );
  return (await Promise.all(texts)).join(", ") || "none";
}

/** A filter holds values of payloads, and a target may hold secrets anywhere. */
async function destinationParts(
  { destinations }: Config,
  name: string,
): Promise<Record<string, string>> {
  const found = destinations.find((one) => one.name === name);
  if (!found) return {};
  const { name: _, target, filter, ...rest } = found;
  const parts = Object.entries(rest).map(([key, value]) =>
    [key, plain(value as JsonValue)] as const
  );
  return {
    to: `${placeOf(target)} ${await secretFingerprint(JSON.stringify(target))}`,
    filter: filter === null
      ? "off"
      : await secretFingerprint(JSON.stringify(filter)),
    ...Object.fromEntries(parts),
  };
}

function placeOf(target: DestinationConfig["target"]): string {
  switch (target.kind) {
    case "http":
      return new URL(target.url).origin;
    case "exec":
      return target.command[0];
    case "module":
      return target.path;
  }
}

function differences(
  before: Record<string, string> = {},
  after: Record<string, string> = {},
): string {
  const keys = Object.keys({ ...before, ...after });
  return keys.filter((key) => before[key] !== after[key]).map((key) =>
    `${key} ${before[key] ?? "none"} → ${after[key] ?? "none"}`
  ).join(", ");
}
