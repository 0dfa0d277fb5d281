import { nearestName } from "../persona/nearest_name.ts";
import { mayBeInFile, type Setting, SETTINGS } from "./settings.ts";

/** All variables that are settings. */
export const SETTING_NAMES: readonly string[] = [
  ...Object.values(SETTINGS).flatMap((setting: Setting<unknown>) =>
    mayBeInFile(setting) ? [setting.env, `${setting.env}_FILE`] : [setting.env]
  ),
  "INBOX_CONFIG",
];

/** Variables that are named like ours: those of our tests, and of a Kubernetes Service. */
const FOREIGN_NAME = /^INBOX_TEST_|_SERVICE_(?:HOST|PORT)|_PORT_\d+_/;

/** The value of the variable `NAME_PORT` that Kubernetes sets for a Service. */
export const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\//;

/** Returns whether a variable is a setting. */
export function isSettingName(name: string): boolean {
  return SETTING_NAMES.includes(name);
}

/**
 * Returns whether a variable has our prefix and is not a setting: whoever sets it
 * believes that it does something.
 *
 * @returns Whether somebody should be told.
 */
export function isUnknownSetting(name: string, text: string): boolean {
  if (isSettingName(name)) return false;
  // On Windows they are the same variable; elsewhere only one of them is read.
  const isOtherCase = /^(?:inbox|persona_webhook)_/i.test(name) &&
    isSettingName(name.toUpperCase());
  const isMeant = name.startsWith("INBOX_") && !FOREIGN_NAME.test(name) &&
    !SERVICE_ADDRESS.test(text);
  // Other names of Persona's may be those of another program.
  const isMisspelled = name.startsWith("PERSONA_WEBHOOK_") &&
    nearestSetting(name)?.startsWith("PERSONA_WEBHOOK_");
  return isOtherCase && Deno.build.os !== "windows" || isMeant ||
    isMisspelled === true;
}

/**
 * Returns the setting that an unknown variable was most likely meant to be.
 *
 * @param name The variable, such as `INBOX_PORT`.
 * @returns The setting, such as `PORT`; undefined when none is close.
 */
export function nearestSetting(name: string): string | undefined {
  const bare = (name: string) =>
    name.replace(/^(?:INBOX|PERSONA_WEBHOOK)_/i, "");
  const written = bare(name);
  const nearest = nearestName(written, SETTING_NAMES.map(bare)) ??
    SETTING_NAMES.map(bare).find((known) => known.startsWith(`${written}_`));
  return SETTING_NAMES.find((known) => bare(known) === nearest);
}
