/**
 * Variables that are none of the business of commands and modules.
 *
 * @module
 */

import { SETTINGS } from "../config/settings.ts";

const SECRETS = [
  ...Object.values(SETTINGS).filter((setting) =>
    "isSecret" in setting && setting.isSecret
  ).map(({ env }) => env),
  "PERSONA_API_KEY",
  "INBOX_ENCRYPTION_KEYS",
];

/** Names of our secrets, and of the files that hold them: found empty. */
export const BLANKED_ENV: readonly string[] = SECRETS.flatMap((name) => [
  name,
  `${name}_FILE`,
]);
