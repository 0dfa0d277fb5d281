// The dispatching side of a PostgreSQL store: pending dispatches and attempts of the
// partitions that this process has leases on.

import {
  ATTEMPT_COLUMNS,
  DELIVERY_COLUMNS,
  namesOf,
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
import { cannotRead, describeFault, isFaultOfValue } from "./errors.ts";
import { DURABLE } from "./inbox.ts";
import { Leases } from "./leases.ts";
import { partitionOf } from "./partition.ts";
import { roundsOf } from "./rounds.ts";

const { done, pending, ignored, erased } = STATUS_CODES;

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

/** Nothing that was sent may come back in a response. */
const KEPT_OUTPUT = `CASE WHEN EXISTS (SELECT FROM $schema.events e
  WHERE e.seq = input.seq AND e.erased_at_ms IS NOT NULL)
  THEN '' ELSE output END`;

const ATTEMPT_NAMES = namesOf(ATTEMPT_COLUMNS).join(", ");

/**
 * Records attempts, unless another process took the lease meanwhile: its row is locked,
 * so that whoever takes it waits and then sees what was recorded.
 */
const RECORD = `
  WITH input AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::text::json) AS i(
      n int, seq bigint, destination text, partition int, fence bigint,
      replays bigint, status smallint, due_at_ms bigint, failures bigint,
      number bigint, started_at_ms bigint, duration_ms bigint, outcome text,
      code bigint, output text)
  ), leased AS MATERIALIZED (
    SELECT l.destination, l.partition, l.fence FROM $schema.leases l
    WHERE EXISTS (SELECT FROM input i WHERE i.destination = l.destination
      AND i.partition = l.partition AND i.fence = l.fence)
    ORDER BY l.destination, l.partition FOR SHARE
  ), updated AS (
    UPDATE $schema.dispatches d SET attempts = i.number,
      status = CASE WHEN d.replays = i.replays AND (d.status <> ${erased}
          OR i.status IN (${done}, ${ignored}))
        THEN i.status ELSE d.status END,
      due_at_ms = CASE WHEN d.replays = i.replays
        THEN i.due_at_ms ELSE d.due_at_ms END,
      failures = CASE WHEN d.replays = i.replays
        THEN i.failures ELSE d.failures END
    FROM input i JOIN leased USING (destination, partition, fence)
    WHERE d.seq = i.seq AND d.destination = i.destination
    RETURNING i.n
  ), replaced AS (
    DELETE FROM $schema.attempts a USING updated u JOIN input i USING (n)
    WHERE a.seq = i.seq AND a.destination = i.destination
      AND a.number = i.number
  ), counter AS (
    UPDATE $schema.counters
    SET value = value + (SELECT count(*) FROM updated)
    WHERE name = 'attempts' AND EXISTS (SELECT FROM updated)
    RETURNING value - (SELECT count(*) FROM updated) AS base
  ), session AS MATERIALIZED (SELECT ${DURABLE}
  ), added AS (
    INSERT INTO $schema.attempts
      (attempt_seq, seq, destination, ${ATTEMPT_NAMES})
    SELECT base + row_number() OVER (ORDER BY n), seq, destination,
      ${ATTEMPT_NAMES.replace(/output$/, KEPT_OUTPUT)}
    FROM updated JOIN input USING (n) CROSS JOIN counter
  )
  SELECT n FROM input JOIN leased USING (destination, partition, fence)
    CROSS JOIN session`;

/** An attempt, and the fencing number under which it began. */
interface FencedRecord {
  readonly record: AttemptRecord;
  readonly fence: number;
}

/** The outboxes of all destinations. */
export class PostgresOutboxes implements Outboxes {
  readonly #database: Database;
  readonly #commits: GroupCommit<FencedRecord, boolean>;
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

  /** Returns whose leases still hold; others are not stored. */
  async #write(batch: readonly FencedRecord[]): Promise<boolean[]> {
    const leased = new Set<FencedRecord>();
    const nameOf = ({ record: { seq, destination } }: FencedRecord) =>
      `${seq} ${destination}`;
    for (const round of roundsOf(batch, nameOf)) {
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
      const values = [JSON.stringify(rows)];
      for (const { n } of await this.#database.query(RECORD, values)) {
        const one = round[Number(n)];
        if (one) leased.add(one);
      }
    }
    return batch.map((one) => leased.has(one));
  }
}

/** The partition of an attempt, and its fencing number when it began. */
interface BegunAttempt {
  readonly partition: number;
  readonly fence: number;
}

interface OutboxDeps {
  readonly database: Database;
  readonly commits: GroupCommit<FencedRecord, boolean>;
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
    if (!outcome.ok) return false;
    this.#begun.delete(record.seq);
    if (!outcome.result) {
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
