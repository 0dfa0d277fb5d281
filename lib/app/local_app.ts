import { explainSignature } from "../explain/explain_signature.ts";
import { sign } from "../persona/signature.ts";
import type { Clock } from "../clock.ts";
import {
  type DestinationInfo,
  destinationInfo,
} from "../views/destination_info.ts";
import type { Dispatching } from "../dispatch/dispatcher.ts";
import type { Subscriptions } from "../dispatch/subscriptions.ts";
import type { PersonEraser } from "./eraser.ts";
import { createReplayer } from "../dispatch/replay.ts";
import type { Holder } from "./holder.ts";
import { sendOnce } from "./send_once.ts";
import {
  createLocalListener,
  type LocalListener,
} from "../http/local_listener.ts";
import { createPage } from "../http/page.ts";
import type { Logger } from "../log.ts";
import type { Monitor } from "../monitor/monitor.ts";
import type { Config } from "../config/settings.ts";
import type { EventHandlers } from "../destinations/handlers.ts";
import { ownInfo } from "./own_handlers.ts";
import { withoutPassword } from "../store/postgres_url.ts";
import { type AuditTrail, latestRecords } from "../store/audit.ts";
import type { ReloadResult } from "../views/reload_result.ts";
import type { Store } from "../store/store.ts";

/** The most records of the audit trail that are shown. */
const AUDIT_RECORDS_MAX = 200;

/** The parts of a running inbox. */
export interface LocalParts {
  readonly config: Config;
  readonly store: Store;
  readonly dispatching: Dispatching;
  readonly subscriptions: Subscriptions;
  readonly monitor: Monitor;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Shows payloads unmasked, for development. */
  readonly isRevealing: boolean;
  readonly audit: AuditTrail;
  /** Reloads the settings. */
  readonly requestReload?: () => Promise<ReloadResult>;
  readonly eraser: PersonEraser;
  readonly holder: Holder;
  /** Event handlers of this program. */
  readonly handlers?: EventHandlers;
}

/**
 * Creates the local listener of an app.
 *
 * @returns The listener; closing it closes only its own reader of the store.
 */
export function createLocal(
  parts: LocalParts,
): LocalListener & { endStreams(): void } {
  const { config, store, dispatching, handlers, audit, clock, subscriptions } =
    parts;
  const { storeUrl, destinations, adminHostname, adminTokens } = config;
  const reader = store.openReader();
  const infos: readonly DestinationInfo[] = [
    ...destinations.map(destinationInfo),
    ...(handlers ? [ownInfo(handlers)] : []),
  ];
  const names = infos.map(({ name }) => name);
  const listener = createLocalListener({
    ...parts,
    reader,
    store: withoutPassword(storeUrl),
    logBytes: () => store.logBytes,
    destinations: infos,
    activities: () => dispatching.states(),
    replay: createReplayer({ ...parts, reader, destinations: names }),
    erase: parts.eraser.erase,
    hold: (...request) => parts.holder.hold(...request),
    release: (...request) => parts.holder.release(...request),
    setPause: (destination, sinceMs) => store.setPause(destination, sinceMs),
    sendOnce: (id, url) =>
      sendOnce(id, url, {
        reader,
        secret: config.forwardSecret,
        logger: parts.logger,
      }),
    missedBy: subscriptions.missedBy.bind(subscriptions),
    async sign(body) {
      const [secret] = config.secrets;
      if (secret === undefined) return null;
      const timestamp = Math.floor(clock.nowMs() / 1000);
      return await sign(secret, body, { timestamp });
    },
    audit: (entry) => audit.append(entry, clock.nowMs()),
    auditRecords: () => latestRecords(audit, AUDIT_RECORDS_MAX),
    explain: ({ atMs }, { header, body }) =>
      explainSignature({
        header,
        body,
        secrets: config.secrets,
        nowSeconds: Math.floor(atMs / 1000),
        toleranceSeconds: config.toleranceSeconds,
      }),
    page: createPage(),
    hostname: adminHostname,
    tokens: adminTokens,
  });
  return {
    ...listener,
    endStreams: () => listener.close(),
    close() {
      listener.close();
      reader.close();
    },
  };
}
