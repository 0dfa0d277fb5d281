// The webhook secrets, by fingerprint: a secret itself is never shown.

import { secretFingerprint } from "../secret_fingerprint.ts";
import { counted } from "../views/counted.ts";
import { type Finding, ok } from "./finding.ts";

/**
 * Lists the secrets. The settings tell which of them are odd.
 *
 * @returns One finding; none without a secret, which is a matter of the settings.
 */
export async function listSecrets(
  secrets: readonly string[],
): Promise<readonly Finding[]> {
  if (secrets.length === 0) return [];
  const fingerprints = await Promise.all(secrets.map(secretFingerprint));
  const count = counted(secrets.length, "secret");
  return [ok("secrets", `${count}, by fingerprint ${fingerprints.join(", ")}`)];
}
