/**
 * Whether the webhook secrets look like what Persona's dashboard shows. A secret
 * itself is never shown, only its fingerprint.
 *
 * @module
 */

import { secretFingerprint } from "../persona/secret_fingerprint.ts";
import { type Finding, ok, warning } from "./finding.ts";

const NAME = "secrets";
const LIKE_PERSONAS = /^wbhsec_[\w-]+$/;
const QUOTES = /^["'`“”‘’]|["'`“”‘’]$/u;

/**
 * Looks at the secrets.
 *
 * @param secrets The webhook secrets; that there is one is a matter of the settings.
 * @returns A finding for each that looks odd, or one for all.
 */
export async function checkSecrets(
  secrets: readonly string[],
): Promise<readonly Finding[]> {
  const named = await Promise.all(secrets.map(async (secret) => ({
    secret,
    fingerprint: await secretFingerprint(secret),
  })));
  const odd = named.flatMap(({ secret, fingerprint }) =>
    oddity(secret, fingerprint) ?? []
  );
  if (odd.length > 0 || named.length === 0) return odd;
  const list = named.map(({ fingerprint }) => fingerprint).join(", ");
  const count = named.length === 1 ? "1 secret" : `${named.length} secrets`;
  return [ok(NAME, `${count}, by fingerprint ${list}`)];
}

function oddity(secret: string, fingerprint: string): Finding | undefined {
  if (QUOTES.test(secret)) {
    return warning(
      NAME,
      `the secret ${fingerprint} has a quote at its end`,
      "Remove the quotes around PERSONA_WEBHOOK_SECRET: they count as part of it",
    );
  }
  if (LIKE_PERSONAS.test(secret)) return undefined;
  return warning(
    NAME,
    `the secret ${fingerprint} does not look like Persona's wbhsec_…`,
    "Copy the webhook secret anew from the webhook's page in Persona's dashboard",
  );
}
