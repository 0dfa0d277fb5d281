// The check of a store in a database that several servers share.

import type { DatabaseHealth } from "../store/store_health.ts";
import { counted } from "../views/counted.ts";
import { bytesText } from "./bytes_text.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

const NAME = "store";

/** Facts about a store in a database. */
export interface DatabaseFacts {
  /** Its URL, without a password. */
  readonly shown: string;
  readonly health: DatabaseHealth;
  readonly events: number;
}

/** A finding for each trouble, or one for all. */
export function checkDatabase(facts: DatabaseFacts): readonly Finding[] {
  const { shown, health, events } = facts;
  const findings: Finding[] = health.faults.map(({ message, hint }) =>
    warning(NAME, message, hint)
  );
  if (health.isStandby) {
    findings.push(failed(
      NAME,
      `${shown} is a standby, which only reads`,
      "Name the primary server in INBOX_STORE",
    ));
  }
  if (health.writeFault) {
    const { message, hint } = health.writeFault;
    findings.push(
      failed(NAME, `a server could not write there: ${message}`, hint),
    );
  }
  const { hostname } = new URL(shown);
  if (!health.isEncrypted && !/^(?:localhost|127\.|\[::1\])/.test(hostname)) {
    findings.push(warning(
      NAME,
      `the connection to ${hostname} is not encrypted`,
      "Turn TLS on there, and add sslmode=verify-full to the URL",
    ));
  }
  if (!health.isThere) {
    findings.push(warning(
      NAME,
      `${shown} has no store yet`,
      "A server makes it when it starts. Is it elsewhere? See INBOX_STORE and --store",
    ));
  }
  return findings.length > 0
    ? findings
    : [ok(NAME, well(shown, events, health))];
}

function well(
  shown: string,
  events: number,
  { serverVersion, instances, bytes }: DatabaseHealth,
): string {
  return [
    `${shown} has ${counted(events, "event")}`,
    bytesText(bytes),
    `PostgreSQL ${serverVersion}`,
    instances === 1 ? "1 server uses it" : `${instances} servers use it`,
  ].join(", ");
}
