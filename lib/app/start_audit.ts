// The audit trail of a running inbox.

import { type Clock, type SetTimer, systemTimer } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import { StoreError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { findOldErasureLog } from "./erasure_log_age.ts";
import { secretFingerprint } from "../secret_fingerprint.ts";
import type { AuditTrail } from "../store/audit.ts";
import { locateStore, openAudit } from "../store/open_store.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import { VERSION } from "../version.ts";

const FIRST_MS = 10_000;
const INTERVAL_MS = 3_600_000;

/** Dependencies of {@linkcode startAudit}. */
export interface AuditDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  /** The user or program that started the inbox. */
  readonly startedBy: string;
  /** @default {systemTimer} */
  readonly setTimer?: SetTimer;
}

/**
 * Opens the trail of a store and records the start. The hash of its last record is
 * logged soon and every hour: a log is out of reach of who owns the trail, whose end can
 * then not be cut off unseen.
 *
 * @returns The trail, and a function that ends the timer.
 */
export async function startAudit(
  config: Config,
  deps: AuditDeps,
): Promise<{ audit: AuditTrail; endAudit: () => void }> {
  const { logger, setTimer = systemTimer } = deps;
  const audit = openAudit(config.storeUrl);
  await recordStart(audit, config, deps);
  let isEnded = false;
  let cancel = () => {};
  const tell = async () => {
    const head = await audit.last().catch(() => undefined);
    if (isEnded) return;
    if (head && locateStore(config.storeUrl).isKept) {
      const { number: records, hash } = head;
      logger.log({ msg: "audit head", records, hash });
    }
    cancel = setTimer(() => void tell(), INTERVAL_MS);
  };
  // The start line is the first of the log.
  cancel = setTimer(() => {
    void tellOldErasureLog(audit, config, logger);
    void tell();
  }, FIRST_MS);
  const endAudit = () => {
    isEnded = true;
    cancel();
  };
  return { audit, endAudit };
}

/** A start is no act to refuse: the store itself says what is wrong with its disk. */
async function recordStart(
  audit: AuditTrail,
  { destinations, secrets, encryptionKeys }: Config,
  { startedBy, logger, clock }: AuditDeps,
): Promise<void> {
  const names = destinations.map(({ name }) => name).join(", ") || "none";
  const fingerprints = await Promise.all(secrets.map(secretFingerprint));
  const known = fingerprints.join(", ") || "none";
  const keys = encryptionKeys.map(({ id }) => id).join(", ");
  const sealing = keys === "" ? "" : `; encryption keys ${keys}`;
  const detail =
    `version ${VERSION}; secrets ${known}; destinations ${names}${sealing}`;
  const entry = { act: "start", by: startedBy, subject: null, detail } as const;
  try {
    await audit.append(entry, clock.nowMs());
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { message, hint } = error;
    logger.log({ msg: "store failed", fault: message, hint });
  }
}

/** Not at the start itself, which would wait until the whole trail is read. */
async function tellOldErasureLog(
  audit: AuditTrail,
  config: Config,
  logger: Logger,
): Promise<void> {
  if (!locateStore(config.storeUrl).isKept) return;
  const fault = await unlessUnreadable(findOldErasureLog(config, audit));
  if (!fault) return;
  const { message: warning, hint } = fault;
  logger.log({ msg: "settings warning", warning, hint });
}
