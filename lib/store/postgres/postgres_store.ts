// The receiving side of a PostgreSQL store.

import type { DestinationDigests } from "../destination_digests.ts";
import type { EventReader } from "../event_reader.ts";
import { BatchingStore } from "../batching_store.ts";
import type { LinkBatch } from "../links.ts";
import type { Outboxes, OutboxesOptions } from "../outbox.ts";
import type { PostgresUrl } from "../postgres_url.ts";
import type {
  FoundOwner,
  ReplacedPayloads,
  SealingKeys,
  Store,
  StoreOptions,
  StoreTicket,
} from "../store.ts";
import type { StoreFault } from "../store_fault.ts";
import { Changes } from "./changes.ts";
import { Database } from "./database.ts";
import { describeFault, isFaultOfValue } from "./errors.ts";
import { PostgresInbox } from "./inbox.ts";
import { bindKeyStore, refuseClear } from "./key_store_id.ts";
import { replacePayloads } from "./replace_payloads.ts";
import { Instance } from "./instance.ts";
import type { EraseOutcome, Erasure } from "../erasure.ts";
import type { DeferredErasure, Hold } from "../holds.ts";
import type { PostgresErasureLog } from "./erasure_log.ts";
import { ErasureWatch } from "./erasure_watch.ts";
import { PostgresErasures } from "./erasures.ts";
import type { Expiry, RetentionProgress } from "../retention.ts";
import { deferErasures, removeHold, writeHolds } from "./holds.ts";
import { addLinks } from "./links.ts";
import { PostgresRetention } from "./retention.ts";
import { writePause } from "./pauses.ts";
import { openPostgresOutboxes, openPostgresReader } from "./open_clients.ts";

/** An opened store. */
export interface PostgresStoreDeps {
  readonly url: string;
  readonly place: PostgresUrl;
  /** Closed with the store. */
  readonly database: Database;
  /** Closed with the store, too. */
  readonly erasureLog: PostgresErasureLog;
  /** Settings of the server by which it could lose something. */
  readonly warnings: readonly StoreFault[];
}

/** A store in a PostgreSQL database. */
export class PostgresStore extends BatchingStore implements Store {
  readonly ticket: StoreTicket;
  readonly warnings: readonly StoreFault[];
  /** The database moves its log by itself. */
  readonly logBytes = 0;
  readonly #deps: PostgresStoreDeps;
  readonly #news: { readonly channel: string; readonly origin: string };
  readonly #watch: ErasureWatch;
  readonly #erasures: PostgresErasures;
  protected readonly inbox: PostgresInbox;
  readonly #instance: Instance;
  readonly #retention: PostgresRetention;
  #changes: Changes | undefined;

  private constructor(deps: PostgresStoreDeps, options: StoreOptions) {
    super(options, {
      report: (error) => options.onFailure?.(describeFault(error)),
      isFaultOfValue,
    });
    this.#deps = deps;
    this.warnings = deps.warnings;
    this.ticket = { url: deps.url, shared: new SharedArrayBuffer(0) };
    this.#news = { channel: deps.place.schema, origin: crypto.randomUUID() };
    this.#watch = new ErasureWatch(deps.database, deps.erasureLog);
    this.inbox = new PostgresInbox(deps.database, this.#news, this.#watch);
    this.#erasures = new PostgresErasures({
      openDatabase: () => new Database(deps.place, { connectionsMax: 1 }),
      log: deps.erasureLog,
    });
    this.#instance = new Instance(
      deps.database,
      options.onDisagreement,
    );
    this.#retention = new PostgresRetention(deps.database, this.#erasures);
  }

  /**
   * Begins to watch the store.
   *
   * @throws {Error} If the database cannot be asked.
   */
  static async open(
    deps: PostgresStoreDeps,
    options: StoreOptions,
  ): Promise<PostgresStore> {
    const store = new PostgresStore(deps, options);
    store.#changes = await Changes.watch(deps.place, {
      ...store.#news,
      onChange: (change) => store.tell(change),
    });
    return store;
  }

  replacePayloads(replaced: readonly ReplacedPayloads[]): Promise<boolean> {
    return this.try(() => replacePayloads(this.#deps.database, replaced));
  }

  link(batch: LinkBatch): Promise<boolean> {
    return this.try(() => addLinks(this.#deps.database, batch));
  }

  bindKeyStore({ keyStoreId, keyIds }: SealingKeys): Promise<boolean> {
    return this.try(async () => {
      await bindKeyStore(this.#deps.database, keyStoreId);
      this.#instance.keyIds = keyIds;
    });
  }

  async erase(erasure: Erasure): Promise<EraseOutcome> {
    let outcome: EraseOutcome = "failed";
    const isDone = await this.try(async () => {
      outcome = await this.#erasures.erase(erasure);
    });
    return isDone ? outcome : "failed";
  }

  get keyGeneration(): number {
    return this.#watch.generation;
  }

  exclusively(action: () => Promise<void>): Promise<void> {
    return this.#erasures.exclusively(action);
  }

  withUnerased(
    found: readonly FoundOwner[],
    action: (owners: readonly string[]) => Promise<void>,
  ): Promise<void> {
    return this.#erasures.exclusively(
      async () => await action(await this.#watch.unerased(found)),
      { keepsKeys: true },
    );
  }

  setHolds(holds: readonly Hold[]): Promise<boolean> {
    return this.try(() =>
      this.#erasures.hold((query) => writeHolds(query, holds))
    );
  }

  removeHold(token: string): Promise<boolean> {
    return this.try(() => removeHold(this.#deps.database, token));
  }

  deferErasures(erasures: readonly DeferredErasure[]): Promise<boolean> {
    return this.try(() => deferErasures(this.#deps.database, erasures));
  }

  async leaseRetention(): Promise<boolean> {
    let isLeased = false;
    await this.try(async () => {
      isLeased = await this.#retention.lease();
    });
    return isLeased;
  }

  async expire(expiry: Expiry): Promise<readonly number[] | null> {
    let erased: readonly number[] = [];
    const isDone = await this.try(async () => {
      erased = await this.#retention.expire(expiry);
    });
    return isDone ? erased : null;
  }

  saveRetention(progress: RetentionProgress): Promise<boolean> {
    return this.try(() => this.#retention.save(progress));
  }

  reclaim(): Promise<boolean> {
    return this.try(() => this.#retention.reclaim());
  }

  probe(): Promise<boolean> {
    return this.try(async () => {
      await this.inbox.probe();
      const isSealed = this.#instance.keyIds !== null;
      if (!isSealed) await refuseClear(this.#deps.database);
    });
  }

  publishLocalUrl(localUrl: string | null): Promise<boolean> {
    return this.try(() => this.#instance.publish(localUrl));
  }

  publishDestinations(destinations: DestinationDigests): Promise<boolean> {
    return this.try(() => this.#instance.publishDestinations(destinations));
  }

  /** The trail is in the same database. */
  auditMark(): Promise<null> {
    return Promise.resolve(null);
  }

  rememberAudit(): Promise<boolean> {
    return Promise.resolve(true);
  }

  setPause(destination: string, sinceMs: number | null): Promise<boolean> {
    const { database } = this.#deps;
    return this.try(() => writePause(database, destination, sinceMs));
  }

  openReader(): EventReader {
    return openPostgresReader(this.#deps.place, { isKnown: true });
  }

  openOutboxes(options: OutboxesOptions = {}): Outboxes {
    return openPostgresOutboxes(this.#deps.place, options);
  }

  protected async end(): Promise<boolean> {
    await this.#retention.release();
    await this.#instance.close();
    await this.#changes?.stop();
    await this.#deps.database.close();
    await this.#deps.erasureLog.close();
    return true;
  }
}
