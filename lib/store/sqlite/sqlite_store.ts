// The receiving side of a SQLite store.

import type { DatabaseSync } from "node:sqlite";
import { withTimeout } from "../../timeout.ts";
import { BatchingStore } from "../batching_store.ts";
import type { EventReader } from "../event_reader.ts";
import type { LinkBatch } from "../links.ts";
import type { Outboxes, OutboxesOptions } from "../outbox.ts";
import type {
  FoundOwner,
  ReplacedPayloads,
  SealingKeys,
  Store,
  StoreOptions,
  StoreTicket,
} from "../store.ts";
import type { AuditMark } from "../audit.ts";
import { readAuditMark, writeAuditMark } from "./audit_mark.ts";
import { beforeTeardown } from "./before_teardown.ts";
import { removeErasedBodies } from "./body_removal.ts";
import { Checkpoints } from "./checkpoints.ts";
import { SqliteConnection } from "./connection.ts";
import { isFaultOfValue, readFrom, reporter } from "./errors.ts";
import { SqliteFiles } from "./files.ts";
import { EventIndex } from "./id_index.ts";
import { SqliteInbox } from "./inbox.ts";
import { StoreError } from "../../errors.ts";
import { openErasureLog } from "./check_erasures.ts";
import {
  erasedEventsOf,
  erasedIdsOf,
  type EraseOutcome,
  type Erasure,
} from "../erasure.ts";
import { ErasedObjects } from "./erased_objects.ts";
import type { DeferredErasure, Hold } from "../holds.ts";
import { isHeld } from "../sql_holds.ts";
import type { ErasureLog } from "./erasure_log.ts";
import { SqliteErasures } from "./erasures.ts";
import type { Expiry, RetentionProgress } from "../retention.ts";
import { findExpiring, saveRetention } from "./retention.ts";
import { deferErasures, removeHold, writeHolds } from "./holds.ts";
import { SqliteLinks } from "./links.ts";
import { openSqliteOutboxes, SqliteOutboxes } from "./outbox.ts";
import { writePause } from "./pauses.ts";
import { createSqliteReader, sqlSourceOf } from "./reader.ts";
import type { StoreLock } from "./lock.ts";
import type { StoreSession } from "./session.ts";
import { replacePayloads } from "./replace_payloads.ts";
import { StoreGate } from "./store_gate.ts";
import { openThreadedReader } from "./threaded_reader.ts";
import { WatchedLog } from "./watched_log.ts";

/** The size of a log that will fill the disk: `probe()` fails from there on. */
const LOG_BYTES_MAX = 1 << 30;

/** Waits for a scrub, and how often a checkpoint is requested anew: 15 s in all. */
const SCRUB_WAIT_MS = 10;
const SCRUB_TRIES = 20;
const SCRUB_TRIES_MAX = 1_500;

/** The file of a store. */
export interface SqliteFile {
  readonly path: string;
  readonly lock: StoreLock;
  readonly session: StoreSession;
}

/** The longest wait for a search that is under way when the store is closed. */
const READERS_MS_MAX = 1_000;

/** The parts of an opened store. */
interface SqliteParts {
  readonly file?: SqliteFile;
  readonly log: ErasureLog;
}

/** A store in a file or in memory, on one connection. */
export class SqliteStore extends BatchingStore implements Store {
  readonly ticket: StoreTicket | null;
  readonly warnings = [];
  readonly keyGeneration = 0;
  readonly #gate = new StoreGate();
  readonly #file: SqliteFile | undefined;
  readonly #log: WatchedLog | undefined;
  readonly #connection: SqliteConnection;
  protected readonly inbox: SqliteInbox;
  readonly #links: SqliteLinks;
  readonly #erasures: SqliteErasures;
  readonly #erasureLog: ErasureLog;
  #erasing: Promise<unknown> = Promise.resolve();
  /** The last connection that is closed empties the log: it must be that of the store. */
  readonly #endingReaders = new Set<Promise<void>>();
  readonly #checkpoints: Checkpoints | undefined;
  readonly #ignoreTeardown: (() => void) | undefined;

  /**
   * @param db The connection, ready for writing.
   * @param parts The file, absent for a store in memory, and the log of erasures.
   */
  constructor(db: DatabaseSync, options: StoreOptions, parts: SqliteParts) {
    const { file, log: erasureLog } = parts;
    const report = reporter(options, file?.lock.path);
    super(options, { report, isFaultOfValue });
    this.#file = file;
    this.#erasureLog = erasureLog;
    this.ticket = file
      ? { url: `sqlite:${file.path}`, shared: this.#gate.shared }
      : null;
    const index = new EventIndex(db);
    const log = file && new WatchedLog(file.lock.path);
    const gate = this.#gate;
    const files = file && log && new SqliteFiles(file.path, { db, log, gate });
    this.#log = log;
    this.#connection = new SqliteConnection(db, {
      gate,
      log,
      end: file && (() => file.session.end(db)),
      check: files && (() => files.check()),
      onRollback: () => index.invalidate(),
    });
    const erased = new ErasedObjects(db, erasureLog);
    this.inbox = new SqliteInbox(this.#connection, { index, erased });
    this.#links = new SqliteLinks(db);
    this.#erasures = new SqliteErasures(db, erased);
    this.#checkpoints = file && new Checkpoints(file.lock.path, this.#gate, {
      onFault: (fault) => options.onLogFault?.(fault),
      onFatal: (fault) => options.onFatal?.(fault),
    });
    // It may hold what was erased or encrypted, as a kill left no time to overwrite it.
    if (file?.session.hasLog) this.#gate.requestScrub();
    this.#ignoreTeardown = file && beforeTeardown({
      suspend: () => this.#gate.breakage || file.session.suspend(db),
      resume: () => void this.try(() => this.#resume(db, file.session)),
    });
  }

  link(batch: LinkBatch): Promise<boolean> {
    return this.try(() =>
      this.#connection.transact(() => this.#links.add(batch))
    );
  }

  replacePayloads(replaced: readonly ReplacedPayloads[]): Promise<boolean> {
    const { db } = this.#connection;
    return this.try(() =>
      this.#connection.transact(() => replacePayloads(db, replaced))
    );
  }

  bindKeyStore({ keyStoreId }: SealingKeys): Promise<boolean> {
    const bind = this.#connection.db.prepare(
      "UPDATE key_store SET id = ? WHERE id IS NULL",
    );
    return this.try(() =>
      this.#connection.transact(() => void bind.run(keyStoreId))
    );
  }

  async erase(erasure: Erasure): Promise<EraseOutcome> {
    let outcome: EraseOutcome = "failed";
    const isDone = await this.#alone(async () => {
      outcome = await this.#erase(erasure);
    });
    return isDone ? outcome : "failed";
  }

  setHolds(holds: readonly Hold[]): Promise<boolean> {
    const { db } = this.#connection;
    return this.#alone(async () => {
      await this.#finishErasures();
      await this.#connection.transact(() => writeHolds(db, holds));
    });
  }

  removeHold(token: string): Promise<boolean> {
    const { db } = this.#connection;
    return this.#alone(() =>
      this.#connection.transact(() => removeHold(db, token))
    );
  }

  deferErasures(erasures: readonly DeferredErasure[]): Promise<boolean> {
    const { db } = this.#connection;
    return this.#alone(() =>
      this.#connection.transact(() => deferErasures(db, erasures))
    );
  }

  /** No other process has the store. */
  leaseRetention(): Promise<boolean> {
    return Promise.resolve(!this.isClosing);
  }

  async expire(expiry: Expiry): Promise<readonly number[] | null> {
    const { erasedAtMs, record, pause } = expiry;
    let erased: readonly number[] = [];
    const isLogged = await this.#alone(async () => {
      const log = await this.#finishErasures();
      const { all, unerased } = findExpiring(this.#connection.db, expiry);
      if (unerased.length > 0) await record(unerased, log.length + 1);
      if (all.length > 0) log.append([erasedEventsOf(all, erasedAtMs)]);
      erased = all;
    });
    // A hold or an erasure that comes meanwhile does not wait for it, but does the rest.
    const isErased = isLogged && await this.try(async () => {
      for (const erase of this.#erasures.batches(erased, erasedAtMs)) {
        const startMs = performance.now();
        await this.#connection.transact(erase);
        await pause(performance.now() - startMs);
      }
    });
    const isDone = isErased && await this.#alone(async () => {
      await this.#finishErasures();
    });
    return isDone ? erased : null;
  }

  saveRetention(progress: RetentionProgress): Promise<boolean> {
    const { db } = this.#connection;
    return this.try(() =>
      this.#connection.transact(() => saveRetention(db, progress))
    );
  }

  reclaim(signal?: AbortSignal): Promise<boolean> {
    if (!this.#file) return Promise.resolve(true);
    const isStopped = () => this.isClosing || signal?.aborted === true;
    return this.try(async () => {
      await this.#scrub();
      await removeErasedBodies(this.#connection, isStopped);
    });
  }

  /** There is no other process: the vault itself knows what is being received. */
  async exclusively(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } finally {
      // What the dispatcher's thread is writing is over after that.
      this.#gate.renewKeys();
      await this.#connection.transact(() => {});
    }
  }

  /** Only this process erases, and then forgets the keys itself. */
  withUnerased(
    found: readonly FoundOwner[],
    action: (owners: readonly string[]) => Promise<void>,
  ): Promise<void> {
    return action(found.map(({ owner }) => owner));
  }

  async probe(): Promise<boolean> {
    return await this.try(() => this.inbox.probe()) &&
      this.logBytes < LOG_BYTES_MAX;
  }

  publishLocalUrl(localUrl: string | null): Promise<boolean> {
    return this.try(() => this.inbox.publishLocalUrl(localUrl));
  }

  /** There is no other that shares it. */
  publishDestinations(): Promise<boolean> {
    return Promise.resolve(true);
  }

  setPause(destination: string, sinceMs: number | null): Promise<boolean> {
    const { db } = this.#connection;
    return this.try(() =>
      this.#connection.transact(() => writePause(db, destination, sinceMs))
    );
  }

  auditMark(): Promise<AuditMark | null> {
    const { db } = this.#connection;
    return readFrom(() => readAuditMark(db));
  }

  rememberAudit(mark: AuditMark): Promise<boolean> {
    const { db } = this.#connection;
    return this.try(() =>
      this.#connection.transact(() => writeAuditMark(db, mark))
    );
  }

  get logBytes(): number {
    return this.#log?.bytes ?? 0;
  }

  openReader({ isBrief = false } = {}): EventReader {
    const { db } = this.#connection;
    return this.#file && !isBrief
      ? openThreadedReader(this.#file.path, (ended) => {
        this.#endingReaders.add(ended);
        void ended.then(() => this.#endingReaders.delete(ended));
      })
      : createSqliteReader(db, () => {});
  }

  openOutboxes(options: OutboxesOptions = {}): Outboxes {
    return this.#file
      ? openSqliteOutboxes(this.#file.path, this.#gate.shared, options)
      : new SqliteOutboxes(this.#connection, this.#gate, {
        ...options,
        isOwner: false,
      });
  }

  protected async end(): Promise<boolean> {
    const close = () => {
      this.#ignoreTeardown?.();
      this.#connection.close();
    };
    const readers = Promise.all(this.#endingReaders);
    await withTimeout(readers, READERS_MS_MAX, undefined);
    if (this.#checkpoints) await this.#checkpoints.close(close);
    else close();
    if (this.#gate.breakage) return false;
    this.#file?.lock.close();
    return true;
  }

  /**
   * One erasure or change of a hold at a time: an erasure is several transactions, and
   * notes how much of the log is carried out.
   */
  #alone(write: () => Promise<void>): Promise<boolean> {
    const written = this.#erasing.then(() => this.try(write));
    this.#erasing = written;
    return written;
  }

  /** Finishes one that failed, before the next one and before a hold. */
  async #finishErasures(): Promise<ErasureLog> {
    const { path } = this.#file?.lock ?? {};
    const { db } = this.#connection;
    // As it is now: one that was lost meanwhile must not be begun anew.
    const log = path === undefined
      ? this.#erasureLog
      : openErasureLog(db, path);
    for (const write of this.#erasures.unfinished(log)) {
      await this.#connection.transact(write);
    }
    return log;
  }

  async #erase(erasure: Erasure): Promise<EraseOutcome> {
    if (await isHeld(sqlSourceOf(this.#connection.db), erasure)) return "held";
    const log = await this.#finishErasures();
    const ids = erasedIdsOf(erasure);
    if (this.#erasures.seqsOf(erasure).length > 0) {
      await erasure.record?.(log.length + ids.length);
    }
    log.append(ids);
    const transact = (write: () => void) => this.#connection.transact(write);
    await transact(() => this.#erasures.begin(log));
    const seqs = this.#erasures.seqsOf(erasure);
    for (const erase of this.#erasures.batches(seqs, erasure.erasedAtMs)) {
      await transact(erase);
    }
    await transact(() => this.#erasures.finish(erasure, log));
    if (this.#file) await this.#scrub();
    return "erased";
  }

  /**
   * Has the log overwritten.
   *
   * @throws {StoreError} If a reader keeps it for too long.
   */
  async #scrub(): Promise<void> {
    const gate = this.#gate;
    const number = gate.requestScrub();
    for (let tries = 0; gate.scrubbed < number; tries++) {
      if (tries >= SCRUB_TRIES_MAX || gate.breakage) {
        throw new StoreError(
          "Cannot overwrite the log of the store, which may still hold what was erased or encrypted: another program keeps the store open for reading",
          "End the program that reads the store, such as a shell or a backup, and try again",
        );
      }
      await new Promise((resolve) => setTimeout(resolve, SCRUB_WAIT_MS));
      // A reader held it back.
      if (tries % SCRUB_TRIES === SCRUB_TRIES - 1) gate.requestCheckpoint();
    }
  }

  async #resume(db: DatabaseSync, session: StoreSession): Promise<void> {
    await this.#connection.transact(() => session.resume(db));
  }
}
