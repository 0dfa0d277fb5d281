// The leases of one process on the partitions of a destination. The database's clock
// decides when one is over; here only the time since a renewal was asked for counts, so
// that a process which was paused knows before it begins anything.

import type { Database } from "./database.ts";
import { PARTITIONS } from "./partition.ts";
import { Stopwatch } from "./stopwatch.ts";

/** The time in which an instance that died is replaced. */
const LEASE_MS = 30_000;

/** Time by which a lease exceeds the longest attempt, so that renewals may fail. */
const LEASE_BEYOND_ATTEMPT_MS = 20_000;

/** The time between renewals. */
const RENEW_MS = 2_000;

/** The time between looks if attempts are over in what is to be given back. */
const LEAVE_MS = 200;

/** Time that an attempt may take beyond its timeout, to end and to be recorded. */
const MARGIN_MS = 2_000;

/** Options of {@linkcode Leases}. */
export interface LeasesOptions {
  readonly destination: string;
  /** The id of this process. */
  readonly holder: string;
  /** The longest time that an attempt may take. */
  readonly attemptMsMax: number;
  /** Returns whether an attempt runs in a partition. */
  readonly isBusy: (partition: number) => boolean;
  /** Called when partitions were gained or lost after the start. */
  readonly onMoved: () => void;
}

const EXPIRY = "clock_timestamp() + $3::bigint * interval '1 ms'";

/** Joins those who serve the destination, and lists them. */
const JOIN = `
  WITH removed AS (
    DELETE FROM $schema.members WHERE destination = $1
      AND holder <> $2 AND expires_at < clock_timestamp()
  ), joined AS (
    INSERT INTO $schema.members (destination, holder, expires_at)
    VALUES ($1, $2, ${EXPIRY}) ON CONFLICT (destination, holder)
    DO UPDATE SET expires_at = excluded.expires_at
  )
  SELECT holder FROM $schema.members
  WHERE destination = $1 AND expires_at >= clock_timestamp()`;

/** Gives some back, renews others, takes what is free. */
const RENEW = `
  WITH released AS (
    UPDATE $schema.leases SET holder = NULL, expires_at = '-infinity'
    WHERE destination = $1 AND holder = $2 AND partition = ANY ($5::int[])
  ), renewed AS (
    UPDATE $schema.leases SET expires_at = ${EXPIRY}
    WHERE destination = $1 AND holder = $2 AND partition = ANY ($4::int[])
    RETURNING partition, fence
  ), free AS (
    SELECT partition FROM $schema.leases
    WHERE destination = $1 AND expires_at < clock_timestamp()
      AND partition <> ALL ($4::int[])
    ORDER BY partition LIMIT $6::bigint FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE $schema.leases l
    SET holder = $2, fence = l.fence + 1, expires_at = ${EXPIRY}
    FROM free WHERE l.destination = $1 AND l.partition = free.partition
    RETURNING l.partition, l.fence
  )
  SELECT partition, fence FROM renewed
  UNION ALL SELECT partition, fence FROM taken`;

const RELEASE = `
  WITH released AS (
    UPDATE $schema.leases SET holder = NULL, expires_at = '-infinity'
    WHERE destination = $1 AND holder = $2
  )
  DELETE FROM $schema.members WHERE destination = $1 AND holder = $2`;

/** The leases on a destination's partitions. */
export class Leases {
  readonly #database: Database;
  readonly #options: LeasesOptions;
  readonly #leaseMs: number;
  /** Fencing numbers of the partitions that are served here. */
  readonly #fences = new Map<number, number>();
  /** Partitions to be given back once no attempt runs in them. */
  readonly #leaving = new Set<number>();
  #sinceRenewal = new Stopwatch();
  #round: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isStopped = false;

  constructor(database: Database, options: LeasesOptions) {
    this.#database = database;
    this.#options = options;
    const beyondMs = options.attemptMsMax + LEASE_BEYOND_ATTEMPT_MS;
    this.#leaseMs = Math.max(LEASE_MS, beyondMs);
  }

  /** The partitions that are served here. */
  get partitions(): readonly number[] {
    return [...this.#fences.keys()];
  }

  /** The fencing number of a partition; undefined if it is not served here. */
  fenceOf(partition: number): number | undefined {
    return this.#fences.get(partition);
  }

  /** Takes note that another process has or had a lease. */
  lose(partition: number, fence: number): void {
    if (this.#fences.get(partition) === fence) this.#fences.delete(partition);
  }

  /** Returns whether an attempt that begins now is over before its lease may be. */
  canBegin(partition: number): boolean {
    const endMs = this.#sinceRenewal.elapsedMs + this.#options.attemptMsMax;
    return this.#fences.has(partition) && endMs + MARGIN_MS < this.#leaseMs;
  }

  /**
   * Takes what is free, and keeps renewing it.
   *
   * @throws {Error} If the database cannot be asked.
   */
  async start(): Promise<void> {
    await this.#database.query(
      `INSERT INTO $schema.leases (destination, partition)
       SELECT $1, generate_series(0, ${PARTITIONS - 1}) ON CONFLICT DO NOTHING`,
      [this.#options.destination],
    );
    await this.#renew();
    this.#setTimer();
  }

  /** Releases all of them; nothing may be under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#round;
    this.#fences.clear();
    const { destination, holder } = this.#options;
    // Otherwise they end by themselves.
    await this.#database.query(RELEASE, [destination, holder]).catch(() => {});
  }

  #setTimer(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#renew().then((hasMoved) => {
        if (hasMoved && !this.#isStopped) this.#options.onMoved();
      }, () => {}).finally(() => this.#setTimer());
    }, this.#leaving.size > 0 ? LEAVE_MS : RENEW_MS);
  }

  /** Returns whether partitions were gained or lost. */
  async #renew(): Promise<boolean> {
    const { destination, holder, isBusy } = this.#options;
    const share = await this.#share();
    const before = new Map(this.#fences);
    for (const partition of this.partitions.slice(share)) {
      this.#fences.delete(partition);
      this.#leaving.add(partition);
    }
    const kept = this.partitions;
    const left = [...this.#leaving].filter((partition) => !isBusy(partition));
    const busy = [...this.#leaving].filter(isBusy);
    const sinceRenewal = new Stopwatch();
    const rows = await this.#database.query(RENEW, [
      destination,
      holder,
      this.#leaseMs,
      `{${[...kept, ...busy].join()}}`,
      `{${left.join()}}`,
      share - kept.length,
    ]);
    for (const partition of left) this.#leaving.delete(partition);
    const held = new Map(
      rows.map(({ partition, fence }) => [Number(partition), Number(fence)]),
    );
    for (const partition of kept) {
      if (!held.has(partition)) this.#fences.delete(partition);
    }
    for (const [partition, fence] of held) {
      if (!this.#leaving.has(partition)) this.#fences.set(partition, fence);
    }
    this.#sinceRenewal = sinceRenewal;
    return before.size !== this.#fences.size ||
      [...before].some(([partition, fence]) =>
        this.#fences.get(partition) !== fence
      );
  }

  /** The number of partitions that are due to this process. */
  async #share(): Promise<number> {
    const { destination, holder } = this.#options;
    const values = [destination, holder, this.#leaseMs];
    const rows = await this.#database.query(JOIN, values);
    const holders = new Set([holder, ...rows.map((row) => String(row.holder))]);
    const rank = [...holders].sort().indexOf(holder);
    const rest = PARTITIONS % holders.size;
    return Math.floor(PARTITIONS / holders.size) + (rank < rest ? 1 : 0);
  }
}
