// The dispatching side of a SQLite store, on the dispatcher's thread: pending dispatches
// and attempts.

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { GroupCommit } from "../group_commit.ts";
import {
  ATTEMPT_COLUMNS,
  DELIVERY_COLUMNS,
  insertInto,
  selectList,
  valuesOf,
} from "../columns.ts";
import { prepareForWriting, SqliteConnection } from "./connection.ts";
import { cannotOpen, isFaultOfValue, readFrom, reporter } from "./errors.ts";
import { LogFile } from "./log_file.ts";
import { readRows } from "./reader.ts";
import { RecentDeliveries } from "./recent_deliveries.ts";
import { checkSchema } from "./schema.ts";
import { StoreGate } from "./store_gate.ts";
import {
  toLoadedDispatch,
  toPastAttempt,
  toPause,
  toPendingDispatch,
} from "../rows.ts";
import { PAUSES } from "../sql_reader.ts";
import { STATUS_CODES } from "../status_codes.ts";
import {
  type AttemptRecord,
  type LoadedDispatch,
  type Outbox,
  type Outboxes,
  type OutboxesOptions,
  type PastAttempt,
  type Pause,
  type PendingDispatch,
  UNDATED_MS,
} from "../outbox.ts";

const { done, pending, ignored, erased } = STATUS_CODES;

/** The position of an event in its lane. */
const ORDER_MS = `coalesce(e.created_at_ms, ${UNDATED_MS})`;

/** The time at which a dispatch's due time was set. */
const PLANNED_AT_MS = `iif(d.attempts = 0, NULL, (
  SELECT a.started_at_ms + a.duration_ms FROM attempts a
  WHERE a.seq = d.seq AND a.destination = d.destination
  ORDER BY a.attempt_seq DESC LIMIT 1
))`;

/** The attempts, at all destinations, that count as recent. */
const LATELY = 1_000;

/** Attempts in one batch: more would be a long transaction. */
const BATCH_ATTEMPTS = 1_024;

/**
 * Opens the dispatching side of a store that this process has open, in any thread.
 *
 * @param shared The shared memory of the store's ticket.
 * @returns The outboxes, on a connection of their own.
 * @throws {StoreError} If it cannot be opened.
 */
export function openSqliteOutboxes(
  path: string,
  shared: SharedArrayBuffer,
  options: OutboxesOptions = {},
): Outboxes {
  try {
    const target = Deno.realPathSync(path);
    const db = new DatabaseSync(target);
    prepareForWriting(db);
    checkSchema(db);
    // The receiving side, which lives longer, watches the other files.
    const log = new LogFile(target);
    const gate = new StoreGate(shared);
    const check = () => log.checkName();
    const connection = new SqliteConnection(db, { gate, log, check });
    return new SqliteOutboxes(connection, gate, { ...options, isOwner: true });
  } catch (error) {
    throw cannotOpen(path, error);
  }
}

/** The outboxes of all destinations, on one connection. */
export class SqliteOutboxes implements Outboxes {
  readonly #connection: SqliteConnection;
  readonly #gate: StoreGate;
  readonly #isOwner: boolean;
  readonly #commits: GroupCommit<AttemptRecord, boolean>;
  readonly #statements: Statements;
  #closing: Promise<void> | undefined;

  /**
   * @param options Listeners for commits and failures; `isOwner` closes the connection
   * at the end.
   */
  constructor(
    connection: SqliteConnection,
    gate: StoreGate,
    options: OutboxesOptions & { readonly isOwner: boolean },
  ) {
    this.#connection = connection;
    this.#gate = gate;
    this.#isOwner = options.isOwner;
    this.#statements = prepare(connection.db);
    this.#commits = new GroupCommit({
      commit: (batch) =>
        connection.transact(() => batch.map((one) => this.#write(one))),
      bytesOf: () => 1,
      batchBytesMax: BATCH_ATTEMPTS,
      isFaultOfWrite: isFaultOfValue,
      onFailure: reporter(options),
      onCommit: options.onCommit,
    });
  }

  get keyGeneration(): number {
    return this.#gate.keyGeneration;
  }

  open(destination: string): Promise<Outbox> {
    // The process that holds the store holds all outboxes.
    return readFrom(() =>
      new SqliteOutbox(destination, this.#statements, this.#commits)
    );
  }

  pendingCounts(): Promise<ReadonlyMap<string, number>> {
    return readFrom(() =>
      new Map(
        this.#statements.counts.all().map((
          { destination, count },
        ) => [String(destination), Number(count)]),
      )
    );
  }

  pauses(): Promise<readonly Pause[]> {
    return readFrom(() => readRows(this.#connection.db, PAUSES).map(toPause));
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    if (this.#isOwner) this.#connection.close();
  }

  /** Returns whether its output was sealed by a key that may be used. */
  #write(record: AttemptRecord): boolean {
    const { keyGeneration = this.keyGeneration } = record;
    if (keyGeneration !== this.keyGeneration) return false;
    const { seq, destination, number, replays, dueAtMs, failures } = record;
    const status = STATUS_CODES[record.status];
    const { update, deleteAttempt, insertAttempt } = this.#statements;
    const { changes } = update.run({
      seq,
      destination,
      number,
      replays,
      dueAtMs,
      failures,
      status,
    });
    if (Number(changes) === 0) return true; // The dispatch was removed meanwhile.
    // Inserted first: a position that was given out must not be reused.
    const isErased = this.#statements.isErased.get(seq) !== undefined;
    const attempt = isErased ? { ...record, output: "" } : record;
    const { lastInsertRowid } = insertAttempt.run(
      seq,
      destination,
      ...valuesOf(ATTEMPT_COLUMNS, attempt),
    );
    deleteAttempt.run(seq, destination, number, lastInsertRowid);
    return true;
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: DatabaseSync) {
  return {
    pending: db.prepare(
      `SELECT d.seq, e.object_id, ${ORDER_MS} AS order_ms, d.due_at_ms,
         coalesce(${PLANNED_AT_MS}, e.received_at_ms) AS planned_at_ms,
         d.attempts, d.failures, d.replays
       FROM dispatches d JOIN events e ON e.seq = d.seq
       WHERE d.status = ${pending} AND d.destination = ? AND d.seq > ?
       ORDER BY d.seq LIMIT ?`,
    ),
    load: db.prepare(
      `SELECT e.id, e.name, e.object_id, ${selectList("e", DELIVERY_COLUMNS)},
         b.content_type, b.body, e.erased_at_ms IS NOT NULL AS is_erased
       FROM dispatches d JOIN events e ON e.seq = d.seq
         LEFT JOIN bodies b ON b.seq = d.seq
       WHERE d.seq = ? AND d.destination = ? AND d.status = ${pending}`,
    ),
    isDone: db.prepare(
      `SELECT 1 FROM dispatches
       WHERE seq = ? AND destination = ? AND status = ${done}`,
    ),
    newer: db.prepare(
      `SELECT 1 FROM event_objects o JOIN events e ON e.seq = o.seq
         JOIN dispatches d ON d.seq = o.seq AND d.destination = :destination
       WHERE o.object_id = :objectId AND d.status = ${done}
         AND e.created_at_ms IS NOT NULL
         AND (e.created_at_ms, e.seq) > (:orderMs, :seq) LIMIT 1`,
    ),
    recent: db.prepare(
      `SELECT e.object_id, e.seq, e.created_at_ms AS order_ms
       FROM events e JOIN dispatches d ON d.seq = e.seq AND d.destination = ?
       WHERE e.seq > (SELECT settled_seq FROM id_index)
         AND e.object_id IS NOT NULL AND e.created_at_ms IS NOT NULL
         AND d.status = ${done} ORDER BY e.seq`,
    ),
    attempts: db.prepare(
      `SELECT seq, outcome, code, started_at_ms + duration_ms AS ended_at_ms
       FROM (SELECT * FROM attempts ORDER BY attempt_seq DESC LIMIT ${LATELY})
       WHERE destination = ? ORDER BY attempt_seq`,
    ),
    counts: db.prepare(
      `SELECT destination, count(*) AS count FROM dispatches
       WHERE status = ${pending} GROUP BY destination`,
    ),
    update: db.prepare(
      `UPDATE dispatches SET attempts = :number,
         status = iif(replays = :replays AND (status <> ${erased}
           OR :status IN (${done}, ${ignored})), :status, status),
         due_at_ms = iif(replays = :replays, :dueAtMs, due_at_ms),
         failures = iif(replays = :replays, :failures, failures)
       WHERE seq = :seq AND destination = :destination`,
    ),
    isErased: db.prepare(
      "SELECT 1 FROM events WHERE seq = ? AND erased_at_ms IS NOT NULL",
    ),
    deleteAttempt: db.prepare(
      `DELETE FROM attempts
       WHERE seq = ? AND destination = ? AND number = ? AND attempt_seq < ?`,
    ),
    insertAttempt: db.prepare(
      insertInto("attempts", ATTEMPT_COLUMNS, ["seq", "destination"]),
    ),
  } satisfies Record<string, StatementSync>;
}

class SqliteOutbox implements Outbox {
  readonly #destination: string;
  readonly #statements: Statements;
  readonly #commits: GroupCommit<AttemptRecord, boolean>;
  /** The deliveries that the index of objects may lack yet. */
  readonly #recent = new RecentDeliveries();

  constructor(
    destination: string,
    statements: Statements,
    commits: GroupCommit<AttemptRecord, boolean>,
  ) {
    this.#destination = destination;
    this.#statements = statements;
    this.#commits = commits;
    for (const row of statements.recent.all(destination)) {
      this.#recent.add({
        objectId: String(row.object_id),
        orderMs: Number(row.order_ms),
        seq: Number(row.seq),
      });
    }
  }

  pending(
    { afterSeq, limit }: { afterSeq: number; limit: number },
  ): Promise<readonly PendingDispatch[]> {
    return readFrom(() =>
      this.#statements.pending.all(this.#destination, afterSeq, limit)
        .map(toPendingDispatch)
    );
  }

  load(dispatch: PendingDispatch): Promise<LoadedDispatch | undefined> {
    return readFrom(() => {
      const row = this.#statements.load.get(dispatch.seq, this.#destination);
      return row && {
        ...toLoadedDispatch(row),
        isStale: this.#isStale(dispatch),
      };
    });
  }

  /** The store has one process at a time. */
  canBegin(): boolean {
    return true;
  }

  async record(record: AttemptRecord): Promise<boolean> {
    const committed = await this.#commits.add(record);
    const ok = committed.ok && committed.result;
    const { seq, objectId, orderMs, status } = record;
    const isDelivered = ok && status === "done" && orderMs !== UNDATED_MS;
    if (isDelivered && objectId !== null) {
      this.#recent.add({ objectId, orderMs, seq });
    }
    return ok;
  }

  lastAttempts(): Promise<readonly PastAttempt[]> {
    return readFrom(() =>
      this.#statements.attempts.all(this.#destination).map(toPastAttempt)
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #isStale({ objectId, orderMs, seq }: PendingDispatch): boolean {
    if (objectId === null || orderMs === UNDATED_MS) return false;
    const destination = this.#destination;
    const { isDone } = this.#statements;
    for (const newer of this.#recent.newerThan({ objectId, orderMs, seq })) {
      // Unless it was requeued since.
      if (isDone.get(newer, destination)) return true;
    }
    const row = this.#statements.newer.get({
      destination,
      objectId,
      orderMs,
      seq,
    });
    return row !== undefined;
  }
}
