// Finds out what is news: from the log, and by looking at the store, the disk and
// certificates now and then.

import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { type SetTimer, systemTimer } from "../clock.ts";
import type { Config } from "../config/settings.ts";
import type { Subscriptions } from "../dispatch/subscriptions.ts";
import type { Monitor } from "../monitor/monitor.ts";
import type { LogEntry } from "../log.ts";
import { sleepUnless } from "../sleep_unless.ts";
import { isOwnEvent, OWN_EVENT_NAMES } from "../persona/own_events.ts";
import { keysElsewhere } from "./own_files.ts";
import { locateStore } from "../store/open_store.ts";
import type { EventReader } from "../store/event_reader.ts";
import type { Store } from "../store/store.ts";
import { unlessUnreadable } from "../store/unless_unreadable.ts";
import { certificateEndMs } from "./certificate_end.ts";
import { News, type NewsDeps, type NewsItem } from "./news.ts";

const LOOK_EVERY_MS = 5_000;

/** Certificates change rarely, and a look is a connection. */
const CERTIFICATES_EVERY_MS = 6 * 3_600_000;
const CERTIFICATE_LEFT_MS_MIN = 14 * 24 * 3_600_000;

/** Less is what `doctor` warns of, too. */
const FREE_BYTES_LOW = 1 << 30;

/** Signatures that fail in a row, without one that verifies between them. */
const SIGNATURES_MIN = 10;

/** Dependencies of a {@linkcode Newsroom}. */
export interface NewsroomDeps extends NewsDeps {
  readonly settings: () => {
    readonly config: Config;
    readonly subscriptions: Subscriptions;
  };
  readonly monitor: Monitor;
  readonly store: Pick<Store, "accept" | "probe">;
  readonly reader: Pick<EventReader, "list" | "totals" | "pauses">;
  /** @default {systemTimer} */
  readonly setTimer?: SetTimer;
}

/** Watches an inbox. */
export class Newsroom {
  readonly #deps: NewsroomDeps;
  readonly #news: News;
  readonly #stopping = new AbortController();
  #looking: Promise<void> | undefined;
  #isStoreFailing = false;
  /** Signatures that failed since the last one that verified. */
  #failedSignatures = 0;
  /** True until a signature verified: what was told before the start may be over. */
  #mayHaveFailed = true;
  #certificatesAtMs = -Infinity;

  constructor(deps: NewsroomDeps) {
    this.#deps = deps;
    this.#news = new News(deps);
    deps.monitor.onEntry(this.observe);
    void this.#run();
  }

  /** Takes notice of what is logged; never waits. */
  readonly observe = (entry: LogEntry): void => {
    switch (entry.msg) {
      case "dead letter":
        // No news of news, or there would be no end of them.
        if (isOwnEvent(entry.eventName)) return;
        return this.#tell(
          "inbox.dead-letter",
          `dead-letter_${entry.destination}`,
          {
            destination: entry.destination,
            reason: entry.reason,
            "event-id": entry.eventId,
          },
        );
      case "destination paused":
        return this.#destination(entry.destination, "down", false);
      case "destination resumed":
        return this.#destination(entry.destination, "down", true);
      case "paused by command":
      case "resumed by command":
        return void this.#look();
      case "store failed":
        this.#isStoreFailing = true;
        return this.#tell("inbox.store-failing", "store-failing", {});
      case "rejected":
        return this.#rejected(entry.reason);
      case "received":
        if (entry.signature === "verified") this.#verified();
    }
  };

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#looking;
    await this.#news.retry();
  }

  #rejected(reason: string): void {
    // Anybody can send no signature, or nonsense.
    if (!/^signature-(?:mismatch|expired|future)$/.test(reason)) return;
    if (++this.#failedSignatures !== SIGNATURES_MIN) return;
    this.#mayHaveFailed = true;
    this.#tell("inbox.signatures-failing", "signatures-failing", {
      reason,
      deliveries: SIGNATURES_MIN,
    });
  }

  #verified(): void {
    this.#failedSignatures = 0;
    if (!this.#mayHaveFailed) return;
    this.#mayHaveFailed = false;
    this.#tell("inbox.signatures-failing", "signatures-failing", {}, true);
  }

  #destination(
    destination: string,
    cause: "down" | "command",
    isOver: boolean,
  ) {
    const name = isOver
      ? "inbox.destination-resumed"
      : "inbox.destination-paused";
    const attributes = { destination, cause };
    this.#tell(name, `${cause}_${destination}`, attributes, isOver);
  }

  #tell(
    name: NewsItem["name"],
    subject: string,
    attributes: NewsItem["attributes"],
    isOver = false,
  ): void {
    if (this.#stopping.signal.aborted) return;
    void this.#news.tell({ name, subject, attributes, isOver });
  }

  get #config(): Config {
    return this.#deps.settings().config;
  }

  async #run(): Promise<void> {
    const { setTimer = systemTimer } = this.#deps;
    const { signal } = this.#stopping;
    for (;;) {
      await sleepUnless(signal, LOOK_EVERY_MS, setTimer);
      if (signal.aborted) return;
      await this.#look();
    }
  }

  #look(): Promise<void> {
    return this.#looking ??= this.#lookAtAll().finally(() =>
      this.#looking = undefined
    );
  }

  async #lookAtAll(): Promise<void> {
    if (!OWN_EVENT_NAMES.some((name) => this.#news.isReceived(name))) return;
    if (this.#isStoreFailing && await this.#deps.store.probe()) {
      this.#isStoreFailing = false;
      this.#tell("inbox.store-failing", "store-failing", {}, true);
    }
    await this.#lookAtDestinations();
    this.#lookAtDisk();
    await this.#lookAtCertificates();
    await this.#news.retry();
  }

  async #lookAtDestinations(): Promise<void> {
    const { reader } = this.#deps;
    const { destinations } = this.#config;
    const [totals, pauses] = await Promise.all([
      unlessUnreadable(reader.totals()),
      unlessUnreadable(reader.pauses()),
    ]);
    if (!totals || !pauses) return;
    for (const { name } of destinations) {
      const isPaused = pauses.some(({ destination }) => destination === name);
      this.#destination(name, "command", !isPaused);
      const found = totals.destinations.find((one) => one.destination === name);
      if (found && found.dead > 0) continue;
      const subject = `dead-letter_${name}`;
      this.#tell("inbox.dead-letter", subject, { destination: name }, true);
    }
  }

  #lookAtDisk(): void {
    const { file } = locateStore(this.#config.storeUrl);
    const free = [file, keysElsewhere(this.#config)].flatMap((file) =>
      file === null ? [] : freeBytesAt(dirname(file)) ?? []
    );
    if (free.length === 0) return;
    const freeBytes = Math.min(...free);
    const attributes = { "free-bytes": freeBytes };
    const isOver = freeBytes >= FREE_BYTES_LOW;
    this.#tell("inbox.disk-low", "disk-low", attributes, isOver);
  }

  async #lookAtCertificates(): Promise<void> {
    const nowMs = this.#deps.clock.nowMs();
    // A clock can be set back.
    const sinceMs = Math.abs(nowMs - this.#certificatesAtMs);
    if (sinceMs < CERTIFICATES_EVERY_MS) return;
    this.#certificatesAtMs = nowMs;
    for (const { name, target } of this.#config.destinations) {
      if (target.kind !== "http") continue;
      const url = new URL(target.url);
      const endMs = url.protocol === "https:"
        ? await certificateEndMs(url)
        : null;
      if (endMs === null) continue;
      const expiresAt = new Date(endMs).toISOString();
      const attributes = { destination: name, "expires-at": expiresAt };
      const isOver = endMs - nowMs > CERTIFICATE_LEFT_MS_MIN;
      const subject = `certificate_${name}`;
      this.#tell("inbox.certificate-expiring", subject, attributes, isOver);
    }
  }
}

/** Null where that cannot be found out. */
function freeBytesAt(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}
