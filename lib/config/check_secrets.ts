// The check of a server's secrets: what cannot be one is a fault, what is unlikely
// to be the right one a warning.

import type { DestinationConfig } from "../destinations/destination_config.ts";
import {
  impossibleSecret,
  oddSecret,
  oddWebhookSecret,
} from "./secret_shape.ts";
import type { SettingWarning } from "./settings.ts";

/** The secrets of one setting, and where it stands. */
export interface SecretTexts {
  readonly texts: readonly (string | null)[];
  /** The place that a message names. */
  readonly place: string;
}

/** All secrets of a server. */
export interface ServerSecrets {
  readonly webhookSecrets: SecretTexts;
  readonly adminToken: SecretTexts;
  readonly forwardSecret: SecretTexts;
  readonly destinations: readonly DestinationConfig[];
  /** The path of the file with the destinations. */
  readonly filePath: string;
  readonly onFault: (fault: string) => void;
  readonly onWarning: (warning: SettingWarning) => void;
}

const FROM_DASHBOARD =
  "Copy the secret from the webhook's page in Persona's dashboard";
const MADE_UP = "Generate one, for instance with openssl rand -hex 32";

/** Reports what is wrong with secrets, never what they are. */
export function checkSecrets(secrets: ServerSecrets): void {
  const { webhookSecrets, adminToken, forwardSecret, filePath } = secrets;
  check(webhookSecrets, FROM_DASHBOARD, oddWebhookSecret);
  check(adminToken, MADE_UP, oddSecret);
  check(forwardSecret, MADE_UP, oddSecret);
  const known = [...webhookSecrets.texts, ...forwardSecret.texts];
  for (const { name, target } of secrets.destinations) {
    if (target.kind !== "http" || known.includes(target.secret)) continue;
    const place = `the secret of destination ${name} in ${filePath}`;
    check({ texts: [target.secret], place }, MADE_UP, oddSecret);
  }

  function check(
    { texts, place }: SecretTexts,
    remedy: string,
    oddity: typeof oddSecret,
  ): void {
    for (const [index, text] of texts.entries()) {
      if (text === null) continue;
      const where = texts.length === 1
        ? place
        : `secret ${index + 1} of ${texts.length} in ${place}`;
      const fault = impossibleSecret(text);
      const odd = oddity(text);
      if (fault) secrets.onFault(`Cannot use ${where}: ${fault}. ${remedy}`);
      else if (odd) {
        const { what, hint } = odd;
        secrets.onWarning({ summary: `${where} ${what}`, hint });
      }
    }
  }
}
