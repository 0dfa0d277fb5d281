// Erasure of payloads in a SQLite store: see `lib/store/erasure.ts`.
//
// Bodies and outputs are overwritten where they are: to remove a row would move its
// neighbors, and leave copies of them in free parts of pages. Where all neighbors are
// erased, `body_removal.ts` removes the rows later. Free pages are filled with zeros. The
// log is overwritten after its next checkpoint.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  bodyMac,
  erasedEventsOf,
  type ErasedObject,
  type Erasure,
  type ErasureProgress,
  erasureProgressOf,
} from "../erasure.ts";
import { STATUS_CODES } from "../status_codes.ts";
import { bodyClearer } from "./body_clearer.ts";
import type { ErasedObjects } from "./erased_objects.ts";
import type { ErasureLog } from "./erasure_log.ts";

const { pending, dead, erased } = STATUS_CODES;

/** Events in one transaction: receiving waits for it. */
const BATCH = 8;

type ErasedEvents = Pick<
  Erasure,
  "objectIds" | "eventIds" | "throughSeq" | "beforeMs"
>;

/** The eraser of one store, on its writing connection. */
export class SqliteErasures {
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #erased: ErasedObjects;

  /** @param erased Told of what is erased. */
  constructor(db: DatabaseSync, erased: ErasedObjects) {
    this.#db = db;
    this.#erased = erased;
    this.#statements = prepare(db);
  }

  /** Events with a payload that an erasure is of. */
  seqsOf(
    { objectIds, eventIds, throughSeq, beforeMs }: ErasedEvents,
  ): number[] {
    return this.#statements.ofObjects.all({
      objectIds: JSON.stringify(objectIds),
      eventIds: JSON.stringify(eventIds),
      throughSeq,
      beforeMs,
    }).map(({ seq }) => Number(seq));
  }

  /** Notes what a log has beyond what was carried out: it holds for what comes in, too. */
  begin(log: ErasureLog): void {
    this.#erased.add(log, this.#news(log));
  }

  /** Erases events in transactions of a bearable size. */
  *batches(
    seqs: readonly number[],
    erasedAtMs: number,
  ): Generator<() => void> {
    for (let i = 0; i < seqs.length; i += BATCH) {
      yield () => this.erase(seqs.slice(i, i + BATCH), erasedAtMs);
    }
  }

  /** Removes links, and notes that a log was carried out. */
  finish(
    { links, objectIds, throughSeq }: Pick<
      Erasure,
      "links" | "objectIds" | "throughSeq"
    >,
    log: ErasureLog,
  ): void {
    const { unlink, endDeferred } = this.#statements;
    for (const link of links) unlink.run(...link);
    for (const id of objectIds) endDeferred.run(id, throughSeq);
    this.noteLog(log);
  }

  /** Notes that a log was carried out. */
  noteLog(log: ErasureLog): void {
    this.#statements.setProgress.run(log.length, log.id);
  }

  /** Adds all tombstones to a log, as one that is lost has them no more. */
  rebuild(log: ErasureLog): void {
    const erased = this.#statements.erased.all().map(({ seq }) => Number(seq));
    log.append([
      ...this.#statements.tombstones.all().map((row) => ({
        id: String(row.id),
        ...(row.is_event === 1 && { isEvent: true as const }),
        throughSeq: Number(row.through_seq),
        beforeMs: Number(row.before_ms),
        erasedAtMs: Number(row.erased_at_ms),
      })),
      erasedEventsOf(erased, 0),
    ]);
    this.begin(log);
    this.finish(NOTHING, log);
  }

  /**
   * What the log has and the store has not carried out, in transactions: after a kill, or
   * when a backup was put in its place. No hold stops it: it was erased before, when
   * nothing was on hold.
   */
  *unfinished(log: ErasureLog): Generator<() => void> {
    const { position, logId } = readErasureProgress(this.#db);
    const entries = log.after(position);
    if (entries.length === 0 && logId === log.id) return;
    yield () => this.begin(log);
    for (const { ranges, erasedAtMs } of entries) {
      if (ranges) yield* this.#eraseRanges(ranges, erasedAtMs);
    }
    yield* this.#eraseObjects(entries.filter(({ ranges }) => !ranges), log);
    yield () => this.finish(NOTHING, log);
  }

  *#eraseRanges(
    ranges: NonNullable<ErasedObject["ranges"]>,
    erasedAtMs: number,
  ): Generator<() => void> {
    const ids = new Set<string>();
    for (const [first, last] of ranges) {
      const rows = this.#statements.inRange.all(first, last);
      const left = rows.filter(({ erased_at_ms: atMs }) => atMs === null);
      yield* this.batches(left.map(({ seq }) => Number(seq)), erasedAtMs);
      for (const { id } of rows) if (id !== null) ids.add(String(id));
    }
    yield () => this.#unlinkErased([...ids]);
  }

  *#eraseObjects(
    entries: readonly ErasedObject[],
    log: ErasureLog,
  ): Generator<() => void> {
    if (entries.length === 0) return;
    const erased = new Map<string, ErasedObject>();
    for (const one of entries) {
      const { throughSeq = 0, beforeMs = 0 } = erased.get(one.object) ?? {};
      erased.set(one.object, {
        ...one,
        throughSeq: Math.max(throughSeq, one.throughSeq),
        beforeMs: Math.max(beforeMs, one.beforeMs ?? 0),
      });
    }
    for (const { id, isEvent } of this.#living(entries)) {
      const one = erased.get(log.hashOf(id));
      if (one === undefined) continue;
      const { throughSeq, beforeMs = 0, erasedAtMs } = one;
      const ids = {
        objectIds: isEvent ? [] : [id],
        eventIds: isEvent ? [id] : [],
      };
      yield* this.batches(
        this.seqsOf({ ...ids, throughSeq, beforeMs }),
        erasedAtMs,
      );
      yield () => this.#unlinkErased([id]);
    }
  }

  /** Removes the links of objects of which only what tells of a redaction is left. */
  #unlinkErased(ids: readonly string[]): void {
    const { unerased, unlinkObject } = this.#statements;
    // All at once: the latest events have no index by their object.
    const kept = unerased.all({ ids: JSON.stringify(ids) });
    const keptIds = new Set(kept.map(({ id }) => id));
    for (const id of ids) if (!keptIds.has(id)) unlinkObject.run(id);
  }

  /** Ids that something is stored of: of events only if one was erased alone. */
  *#living(
    entries: readonly ErasedObject[],
  ): Generator<{ id: string; isEvent: boolean }> {
    for (const { id } of this.#statements.objects.all()) {
      yield { id: String(id), isEvent: false };
    }
    if (!entries.some(({ isEvent }) => isEvent)) return;
    for (const { id } of this.#statements.events.all()) {
      yield { id: String(id), isEvent: true };
    }
  }

  #news(log: ErasureLog): readonly ErasedObject[] {
    const { position, logId } = readErasureProgress(this.#db);
    return log.after(logId === null ? 0 : position);
  }

  /** Erases events, in a transaction under way. */
  erase(seqs: readonly number[], erasedAtMs: number): void {
    const { body, setErased, ...clear } = this.#statements;
    const { key } = this.#statements.key.get() ?? {};
    this.#db.exec("PRAGMA secure_delete = ON");
    try {
      for (const seq of seqs) {
        const row = body.get(seq);
        if (!(row?.body instanceof Uint8Array)) continue;
        const mac = bodyMac(key as Uint8Array, row.body);
        setErased.run(erasedAtMs, mac, seq);
        clear.clearBody(seq);
        clear.clearOutputs.run(seq);
        clear.endDispatches.run(seq);
        clear.forget.run(seq);
      }
    } finally {
      this.#db.exec("PRAGMA secure_delete = FAST");
    }
  }
}

const NOTHING = { links: [], objectIds: [], throughSeq: 0 };

/** Reads how much of its log a store has carried out. */
export function readErasureProgress(db: DatabaseSync): ErasureProgress {
  const row = db.prepare("SELECT position, log_id FROM erasures").get();
  return erasureProgressOf(row ?? {});
}

function prepare(db: DatabaseSync) {
  const ofObjects = "(SELECT value FROM json_each(:objectIds))";
  const ofEvents = "(SELECT value FROM json_each(:eventIds))";
  const listed = "(SELECT value FROM json_each(:ids))";
  const unsettled = "seq > (SELECT settled_seq FROM id_index)";
  return {
    ofObjects: db.prepare(
      `SELECT seq FROM events WHERE erased_at_ms IS NULL AND (seq IN (
         SELECT seq FROM event_objects WHERE object_id IN ${ofObjects}
         UNION SELECT seq FROM events WHERE ${unsettled}
           AND object_id IN ${ofObjects})
         AND (seq <= :throughSeq OR created_at_ms <= :beforeMs)
         AND name NOT GLOB '*.redacted'
       OR seq IN (
         SELECT seq FROM event_ids WHERE id IN ${ofEvents}
         UNION SELECT seq FROM events WHERE ${unsettled} AND id IN ${ofEvents}))
       ORDER BY seq`,
    ),
    objects: db.prepare(
      `SELECT DISTINCT object_id AS id FROM events
       WHERE object_id IS NOT NULL AND erased_at_ms IS NULL`,
    ),
    events: db.prepare("SELECT id FROM events WHERE erased_at_ms IS NULL"),
    key: db.prepare("SELECT key FROM link_index"),
    setProgress: db.prepare("UPDATE erasures SET position = ?, log_id = ?"),
    // Of objects without a payload. An event that is older came late.
    tombstones: db.prepare(
      `SELECT coalesce(object_id, id) AS id, object_id IS NULL AS is_event,
         max(seq) AS through_seq, max(erased_at_ms) AS erased_at_ms,
         coalesce(max(created_at_ms), 0) AS before_ms FROM events
       WHERE erased_at_ms IS NOT NULL AND (object_id IS NULL
         OR object_id NOT IN (SELECT object_id FROM events
           WHERE erased_at_ms IS NULL AND object_id IS NOT NULL))
       GROUP BY 1, 2 ORDER BY through_seq`,
    ),
    erased: db.prepare(
      "SELECT seq FROM events WHERE erased_at_ms IS NOT NULL ORDER BY seq",
    ),
    inRange: db.prepare(
      `SELECT seq, object_id AS id, erased_at_ms FROM events
       WHERE seq BETWEEN ? AND ? ORDER BY seq`,
    ),
    unerased: db.prepare(
      `SELECT DISTINCT object_id AS id FROM events
       WHERE erased_at_ms IS NULL AND name NOT GLOB '*.redacted' AND seq IN (
         SELECT seq FROM event_objects WHERE object_id IN ${listed}
         UNION SELECT seq FROM events
           WHERE ${unsettled} AND object_id IN ${listed})`,
    ),
    body: db.prepare(
      `SELECT body FROM bodies JOIN events USING (seq)
       WHERE seq = ? AND erased_at_ms IS NULL`,
    ),
    setErased: db.prepare(
      "UPDATE events SET erased_at_ms = ?, body_mac = ? WHERE seq = ?",
    ),
    clearBody: bodyClearer(db),
    clearOutputs: db.prepare("UPDATE attempts SET output = '' WHERE seq = ?"),
    endDispatches: db.prepare(
      `UPDATE dispatches SET status = ${erased}
       WHERE seq = ? AND status IN (${pending}, ${dead})`,
    ),
    forget: db.prepare("DELETE FROM passed_over WHERE seq = ?"),
    endDeferred: db.prepare(
      "DELETE FROM deferred_erasures WHERE object_id = ? AND through_seq <= ?",
    ),
    unlink: db.prepare("DELETE FROM links WHERE token = ? AND object_id = ?"),
    unlinkObject: db.prepare("DELETE FROM links WHERE object_id = ?"),
  } satisfies Record<string, StatementSync | ((seq: number) => void)>;
}
