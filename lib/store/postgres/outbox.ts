// The dispatching side of a PostgreSQL store: pending dispatches and attempts of the
// partitions that this process has leases on.

import {
  ATTEMPT_COLUMNS,
  DELIVERY_COLUMNS,
  recordOf,
  selectList,
} from "../columns.ts";
import { GroupCommit } from "../group_commit.ts";
import {
  type AttemptRecord,
  type LoadedDispatch,
  type Outbox,
  type Outboxes,
  type OutboxesOptions,
  type OutboxOptions,
  type PastAttempt,
  type Pause,
  type PendingDispatch,
  UNDATED_MS,
} from "../outbox.ts";
import {
  toLoadedDispatch,
  toPastAttempt,
  toPause,
  toPendingDispatch,
} from "../rows.ts";
import { PAUSES } from "../sql_reader.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { Database } from "./database.ts";
import {
  cannotRead,
  describeFault,
  isFaultOfValue,
  sqlStateOf,
} from "./errors.ts";
import { Leases } from "./leases.ts";
import { partitionOf } from "./partition.ts";
import { OUTDATED, RECORD } from "./record_statement.ts";
import { roundsOf } from "./rounds.ts";

const { done, pending } = STATUS_CODES;

/** The attempts, at all destinations, that count as recent. */
const LATELY = 1_000;

/** Attempts in one batch: more would be a long transaction. */
const BATCH_ATTEMPTS = 1_024;

const PENDING = `
  SELECT d.seq, e.object_id, coalesce(e.created_at_ms, ${UNDATED_MS}) AS order_ms,
    d.due_at_ms, d.attempts, d.failures, d.replays, coalesce((
      SELECT a.started_at_ms + a.duration_ms FROM $schema.attempts a
      WHERE d.attempts > 0 AND a.seq = d.seq AND a.destination = d.destination
      ORDER BY a.attempt_seq DESC LIMIT 1), e.received_at_ms) AS planned_at_ms
  FROM $schema.dispatches d JOIN $schema.events e ON e.seq = d.seq
  WHERE d.status = ${pending} AND d.destination = $1 AND d.seq > $2::bigint
    AND d.partition = ANY ($3::int[])
  ORDER BY d.seq LIMIT $4::bigint`;

const LOAD = `
  SELECT e.id, e.name, e.object_id, ${selectList("e", DELIVERY_COLUMNS)},
    b.content_type, b.body, EXISTS (
      SELECT FROM $schema.events o JOIN $schema.dispatches p
        ON p.seq = o.seq AND p.destination = d.destination
      WHERE o.object_id = e.object_id AND p.status = ${done}
        AND (o.created_at_ms, o.seq) > (e.created_at_ms, e.seq)) AS is_stale
  FROM $schema.dispatches d JOIN $schema.events e ON e.seq = d.seq
    LEFT JOIN $schema.bodies b ON b.seq = d.seq
  WHERE d.seq = $1::bigint AND d.destination = $2 AND d.status = ${pending}`;

const LAST_ATTEMPTS = `
  SELECT seq, outcome, code, started_at_ms + duration_ms AS ended_at_ms
  FROM (SELECT * FROM $schema.attempts
    ORDER BY attempt_seq DESC LIMIT ${LATELY}) a
  WHERE destination = $1 ORDER BY attempt_seq`;

const COUNTS = `
  SELECT destination, count(*) AS count FROM $schema.dispatches
  WHERE status = ${pending} GROUP BY destination`;

/** Another number after each erasure, and each time that keys were destroyed. */
const EPOCH = "SELECT epoch FROM $schema.counters WHERE name = 'attempts'";

/** The most tries of a batch while something is being erased all the time. */
const ERASURES_MAX = 50;

/** An attempt, and the fencing number under which it began. */
interface FencedRecord {
  readonly record: AttemptRecord;
  readonly fence: number;
}

/**
 * The result of recording: `lost` if another process has the lease, `outdated` if a key
 * sealed its output that may be gone.
 */
type RecordResult = "recorded" | "lost" | "outdated";

/** The outboxes of all destinations. */
export class PostgresOutboxes implements Outboxes {
  readonly #database: Database;
  readonly #commits: GroupCommit<FencedRecord, RecordResult>;
  #epoch = 0;
  readonly #holder = crypto.randomUUID();
  readonly #open = new Set<PostgresOutbox>();
  #closing: Promise<void> | undefined;

  /** @param database Closed at the end. */
  constructor(database: Database, options: OutboxesOptions) {
    this.#database = database;
    this.#commits = new GroupCommit({
      commit: (batch) => this.#write(batch),
      bytesOf: () => 1,
      batchBytesMax: BATCH_ATTEMPTS,
      isFaultOfWrite: isFaultOfValue,
      onFailure: (error) => options.onFailure?.(describeFault(error)),
      onCommit: options.onCommit,
    });
  }

  get keyGeneration(): number {
    return this.#epoch;
  }

  async open(destination: string, options: OutboxOptions): Promise<Outbox> {
    const onMoved = () => options.onMoved?.();
    const leases = new Leases(this.#database, {
      destination,
      holder: this.#holder,
      attemptMsMax: options.attemptMsMax,
      isBusy: (partition) => outbox.isBusy(partition),
      onMoved,
    });
    const outbox: PostgresOutbox = new PostgresOutbox(destination, {
      database: this.#database,
      commits: this.#commits,
      leases,
      onMoved,
      onClosed: () => this.#open.delete(outbox),
    });
    this.#open.add(outbox);
    try {
      await leases.start();
      return outbox;
    } catch (error) {
      await outbox.close();
      throw cannotRead(error);
    }
  }

  async pendingCounts(): Promise<ReadonlyMap<string, number>> {
    try {
      const rows = await this.#database.query(COUNTS);
      return new Map(rows.map(({ destination, count }) => [
        String(destination),
        Number(count),
      ]));
    } catch (error) {
      throw cannotRead(error);
    }
  }

  async pauses(): Promise<readonly Pause[]> {
    try {
      return (await this.#database.query(PAUSES)).map(toPause);
    } catch (error) {
      throw cannotRead(error);
    }
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    await Promise.all([...this.#open].map((outbox) => outbox.close()));
    await this.#database.close();
  }

  /** Stores those whose leases still hold. */
  async #write(batch: readonly FencedRecord[]): Promise<RecordResult[]> {
    const results = new Map<FencedRecord, RecordResult>();
    const nameOf = ({ record: { seq, destination } }: FencedRecord) =>
      `${seq} ${destination}`;
    for (const round of roundsOf(batch, nameOf)) {
      for (let tries = 1;; tries++) {
        const known = round.filter(({ record }) =>
          (record.keyGeneration ?? this.#epoch) === this.#epoch
        );
        for (const one of round) results.set(one, "outdated");
        for (const one of known) results.set(one, "lost");
        if (known.length === 0) break;
        try {
          for (const one of await this.#store(known)) {
            results.set(one, "recorded");
          }
          break;
        } catch (error) {
          const isOutdated = sqlStateOf(error) === OUTDATED;
          if (!isOutdated || tries === ERASURES_MAX) throw error;
          const [row] = await this.#database.query(EPOCH);
          this.#epoch = Number(row?.epoch);
        }
      }
    }
    return batch.map((one) => results.get(one) ?? "lost");
  }

  async #store(round: readonly FencedRecord[]): Promise<FencedRecord[]> {
    const rows = round.map(({ record, fence }, n) => ({
      ...recordOf(ATTEMPT_COLUMNS, {
        ...record,
        output: record.output.toWellFormed().replaceAll("\0", "\ufffd"),
      }),
      n,
      seq: record.seq,
      destination: record.destination,
      partition: partitionOf(record),
      fence,
      replays: record.replays,
      status: STATUS_CODES[record.status],
      due_at_ms: record.dueAtMs,
      failures: record.failures,
    }));
    const values = [JSON.stringify(rows), this.#epoch];
    const stored = await this.#database.query(RECORD, values);
    return stored.flatMap(({ n }) => round[Number(n)] ?? []);
  }
}

/** The partition of an attempt, and its fencing number when it began. */
interface BegunAttempt {
  readonly partition: number;
  readonly fence: number;
}

interface OutboxDeps {
  readonly database: Database;
  readonly commits: GroupCommit<FencedRecord, RecordResult>;
  readonly leases: Leases;
  readonly onMoved: () => void;
  readonly onClosed: () => void;
}

class PostgresOutbox implements Outbox {
  readonly #destination: string;
  readonly #deps: OutboxDeps;
  /** Attempts that began and are not recorded, by `seq`. */
  readonly #begun = new Map<number, BegunAttempt>();
  #closing: Promise<void> | undefined;

  constructor(destination: string, deps: OutboxDeps) {
    this.#destination = destination;
    this.#deps = deps;
  }

  /** Returns whether an attempt runs in a partition. */
  isBusy(partition: number): boolean {
    for (const begun of this.#begun.values()) {
      if (begun.partition === partition) return true;
    }
    return false;
  }

  async pending(
    { afterSeq, limit }: { afterSeq: number; limit: number },
  ): Promise<readonly PendingDispatch[]> {
    const { leases } = this.#deps;
    const fences = new Map(
      leases.partitions.map((one) => [one, leases.fenceOf(one)]),
    );
    const partitions = `{${[...fences.keys()].join()}}`;
    const values = [this.#destination, afterSeq, partitions, limit];
    const rows = await this.#read(PENDING, values);
    return rows.map(toPendingDispatch).filter((dispatch) => {
      const partition = partitionOf(dispatch);
      return fences.get(partition) === leases.fenceOf(partition);
    });
  }

  async load(dispatch: PendingDispatch): Promise<LoadedDispatch | undefined> {
    const { leases } = this.#deps;
    if (leases.fenceOf(partitionOf(dispatch)) === undefined) return undefined;
    const [row] = await this.#read(LOAD, [dispatch.seq, this.#destination]);
    return row && {
      ...toLoadedDispatch(row),
      isStale: row.is_stale === true,
    };
  }

  canBegin(dispatch: PendingDispatch): boolean {
    const { leases } = this.#deps;
    const partition = partitionOf(dispatch);
    const fence = leases.fenceOf(partition);
    if (fence === undefined || !leases.canBegin(partition)) return false;
    this.#begun.set(dispatch.seq, { partition, fence });
    return true;
  }

  async record(record: AttemptRecord): Promise<boolean> {
    const { commits, leases, onMoved } = this.#deps;
    const partition = partitionOf(record);
    const fence = this.#begun.get(record.seq)?.fence ??
      leases.fenceOf(partition) ?? NO_FENCE;
    const outcome = await commits.add({ record, fence });
    if (!outcome.ok || outcome.result === "outdated") return false;
    this.#begun.delete(record.seq);
    if (outcome.result === "lost") {
      // It was another process's meanwhile: what became of it is to be read.
      leases.lose(partition, fence);
      onMoved();
    }
    return true;
  }

  async lastAttempts(): Promise<readonly PastAttempt[]> {
    const rows = await this.#read(LAST_ATTEMPTS, [this.#destination]);
    return rows.map(toPastAttempt);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#deps.leases.stop().then(this.#deps.onClosed);
  }

  async #read(text: string, values: (string | number)[]) {
    try {
      return await this.#deps.database.query(text, values);
    } catch (error) {
      throw cannotRead(error);
    }
  }
}

/** No lease has it. */
const NO_FENCE = -1;
