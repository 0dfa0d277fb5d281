// The audit trail of a running inbox.

import { type Clock, type SetTimer, systemTimer } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import { StoreError } from "../errors.ts";
import type { Logger } from "../log.ts";
import { examineTrail } from "./examine_trail.ts";
import { RememberedTrail } from "./remembered_trail.ts";
import { erasingInWords } from "./settings_in_words.ts";
import { secretFingerprint } from "../secret_fingerprint.ts";
import type { AuditTrail } from "../store/audit.ts";
import { sleepUnless } from "../sleep_unless.ts";
import { locateStore, openAudit } from "../store/open_store.ts";
import type { Store } from "../store/store.ts";
import type { StoreFault } from "../store/store_fault.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import { VERSION } from "../version.ts";

const FIRST_MS = 10_000;
const INTERVAL_MS = 3_600_000;

/** Dependencies of {@linkcode startAudit}. */
export interface AuditDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly store: Pick<Store, "auditMark" | "rememberAudit">;
  /** The user or program that started the inbox. */
  readonly startedBy: string;
  /** @default {systemTimer} */
  readonly setTimer?: SetTimer;
}

/**
 * Opens the trail of a store and records the start. The store remembers its newest
 * record. The hash of its last record is logged soon and every hour: a log is out of
 * reach of whoever owns the trail, so that its end cannot be cut off unnoticed. A log of
 * erasures that is older than the trail is told at once.
 *
 * @returns The trail, and a function that ends the timer; it resolves when nothing reads
 *   the trail any more, which can take as long as to read all of it.
 */
export async function startAudit(
  config: Config,
  deps: AuditDeps,
): Promise<{ audit: AuditTrail; endAudit: () => Promise<void> }> {
  const { logger, setTimer = systemTimer, store } = deps;
  const mark = await unlessUnreadable(store.auditMark()) ?? null;
  const audit = new RememberedTrail(openAudit(config.storeUrl), {
    store,
    mark,
  });
  const last = await audit.last().catch(() => undefined);
  // By commands, or since the backup that was restored.
  const isBehind = (last?.number ?? 0) > (mark?.number ?? 0);
  await recordStart(audit, config, deps);
  const isKept = locateStore(config.storeUrl).isKept;
  const ending = new AbortController();
  const { signal } = ending;
  let isFaultTold = false;
  const examine = async () => {
    const found = await unlessUnreadable(
      examineTrail(config, audit, audit.remembered),
    );
    if (signal.aborted || !found) return;
    for (const fault of [found.broken, found.oldLog]) {
      if (!fault) continue;
      isFaultTold = true; // Not again every hour.
      warn(logger, fault);
    }
    if (found.last) await audit.remember(found.last);
  };
  const run = async () => {
    let isFirst = !isBehind;
    for (let delayMs = FIRST_MS;; delayMs = INTERVAL_MS) {
      await sleepUnless(signal, delayMs, setTimer);
      const head = signal.aborted
        ? undefined
        : await audit.last().catch(() => undefined);
      if (signal.aborted) return;
      if (head) {
        const { number: records, hash } = head;
        logger.log({ msg: "audit head", records, hash });
      }
      const isKnown = head?.hash === audit.remembered?.hash;
      if (isFirst || !isKnown && !isFaultTold) await examine();
      isFirst = false;
    }
  };
  // The start does not wait until the whole trail is read, and has other things to do
  // unless the store may be older than its trail.
  const examined = isKept && isBehind ? examine() : undefined;
  const ran = isKept ? run() : undefined;
  const endAudit = async () => {
    ending.abort();
    await Promise.all([examined, ran]);
  };
  return { audit, endAudit };
}

/** A start is not an act to refuse: the store itself says what is wrong with its disk. */
async function recordStart(
  audit: RememberedTrail,
  config: Config,
  { startedBy, logger, clock }: AuditDeps,
): Promise<void> {
  const { destinations, secrets, encryptionKeys } = config;
  const names = destinations.map(({ name }) => name).join(", ") || "none";
  const fingerprints = await Promise.all(secrets.map(secretFingerprint));
  const known = fingerprints.join(", ") || "none";
  const keys = encryptionKeys.map(({ id }) => id).join(", ");
  const sealing = keys === "" ? "" : `; encryption keys ${keys}`;
  const settings = `version ${VERSION}; ${await erasingInWords(
    config,
  )}; secrets ${known}${sealing}; destinations ${names}`;
  const act = { act: "start", by: startedBy, subject: null } as const;
  try {
    const lost = await findLost(audit);
    const detail = lost ? `${lost}; ${settings}` : settings;
    const record = await audit.append({ ...act, detail }, clock.nowMs());
    if (!lost) return;
    await audit.beginAt(record);
    warn(logger, {
      message: lost,
      hint:
        "A new one has begun, whose first record says so. If nobody moved it away on purpose, find out who removed it, and keep what you find of it",
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const { message, hint } = error;
    logger.log({ msg: "store failed", fault: message, hint });
  }
}

/** Tells of a trail that is gone; the first record of the next one has it for good. */
async function findLost(audit: RememberedTrail): Promise<string | undefined> {
  const { remembered: mark } = audit;
  if (!mark || await audit.last()) return undefined;
  return `the audit trail before this one is gone, up to record ${mark.number} with the hash ${mark.hash}`;
}

function warn(logger: Logger, { message, hint }: StoreFault): void {
  logger.log({ msg: "settings warning", warning: message, hint });
}
