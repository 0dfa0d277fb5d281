// Erasure of payloads in a SQLite store: see `lib/store/erasure.ts`.
//
// Bodies and outputs are overwritten where they are: to remove a row would move its
// neighbors, and leave copies of them in free parts of pages. Free pages are filled with
// zeros. The log is overwritten after its next checkpoint.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { bodyMac, type Erasure, type ErasureProgress } from "../erasure.ts";
import { STATUS_CODES } from "../status_codes.ts";
import type { ErasureLog } from "./erasure_log.ts";

const { pending, dead, erased } = STATUS_CODES;

/** Events in one transaction: receiving waits for it. */
const BATCH = 16;

/** The eraser of one store, on its writing connection. */
export class SqliteErasures {
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#statements = prepare(db);
  }

  /** Events of objects with a payload. */
  seqsOf(
    { objectIds, throughSeq }: Pick<Erasure, "objectIds" | "throughSeq">,
  ): number[] {
    return this.#statements.ofObjects.all({
      objectIds: JSON.stringify(objectIds),
      throughSeq,
    }).map(({ seq }) => Number(seq));
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
    { links, objectIds, throughSeq }: Omit<Erasure, "erasedAtMs">,
    log?: ErasureLog,
  ): void {
    const { unlink, endDeferred } = this.#statements;
    for (const link of links) unlink.run(...link);
    for (const id of objectIds) endDeferred.run(id, throughSeq);
    if (log) this.#statements.setProgress.run(log.length, log.id);
  }

  /** Adds all tombstones to a log, as one that is lost has them no more. */
  rebuild(log: ErasureLog): void {
    log.append(
      this.#statements.tombstones.all().map((row) => ({
        objectId: String(row.object_id),
        throughSeq: Number(row.through_seq),
        erasedAtMs: Number(row.erased_at_ms),
      })),
    );
    this.finish(NOTHING, log);
  }

  /**
   * What the log has and the store has not carried out, in transactions: after a kill, or
   * when a backup was put in its place. No hold stops it: it was erased before, when
   * nothing was on hold.
   */
  *unfinished(log: ErasureLog): Generator<() => void> {
    const entries = log.after(readErasureProgress(this.#db).position);
    if (entries.length === 0) return;
    const throughSeqs = new Map<string, number>();
    for (const { object, throughSeq } of entries) {
      const known = throughSeqs.get(object) ?? 0;
      throughSeqs.set(object, Math.max(known, throughSeq));
    }
    const erasedAtMs = entries.at(-1)?.erasedAtMs ?? 0;
    for (const { id } of this.#statements.objects.all()) {
      const objectId = String(id);
      const throughSeq = throughSeqs.get(log.hashOf(objectId));
      if (throughSeq === undefined) continue;
      const seqs = this.seqsOf({ objectIds: [objectId], throughSeq });
      yield* this.batches(seqs, erasedAtMs);
      const all = {
        objectIds: [objectId],
        throughSeq: Number.MAX_SAFE_INTEGER,
      };
      yield () => {
        if (this.seqsOf(all).length > 0) return;
        this.#statements.unlinkObject.run(objectId);
      };
    }
    yield () => this.finish(NOTHING, log);
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
        clear.clearBody.run(seq);
        clear.clearOutputs.run(seq);
        clear.endDispatches.run(seq);
      }
    } finally {
      this.#db.exec("PRAGMA secure_delete = FAST");
    }
  }
}

const NOTHING = { links: [], objectIds: [], throughSeq: 0 };

/** Reads how much of its log a store has carried out. */
export function readErasureProgress(db: DatabaseSync): ErasureProgress {
  const { position, id } = db.prepare(
    "SELECT position, log_id AS id FROM erasures",
  ).get() ?? {};
  return { position: Number(position), logId: id ? String(id) : null };
}

function prepare(db: DatabaseSync) {
  const listed = "(SELECT value FROM json_each(:objectIds))";
  const rest = "seq <= :throughSeq AND erased_at_ms IS NULL";
  return {
    ofObjects: db.prepare(
      `SELECT seq FROM events WHERE ${rest} AND seq IN (
         SELECT seq FROM event_objects WHERE object_id IN ${listed}
         UNION SELECT seq FROM events
           WHERE seq > (SELECT settled_seq FROM id_index)
             AND object_id IN ${listed}) ORDER BY seq`,
    ),
    objects: db.prepare(
      `SELECT DISTINCT object_id AS id FROM events
       WHERE object_id IS NOT NULL AND erased_at_ms IS NULL`,
    ),
    key: db.prepare("SELECT key FROM link_index"),
    setProgress: db.prepare("UPDATE erasures SET position = ?, log_id = ?"),
    tombstones: db.prepare(
      `SELECT object_id, max(seq) AS through_seq,
         max(erased_at_ms) AS erased_at_ms FROM events
       WHERE erased_at_ms IS NOT NULL AND object_id IS NOT NULL
       GROUP BY object_id ORDER BY through_seq`,
    ),
    body: db.prepare(
      `SELECT body FROM bodies JOIN events USING (seq)
       WHERE seq = ? AND erased_at_ms IS NULL`,
    ),
    setErased: db.prepare(
      "UPDATE events SET erased_at_ms = ?, body_mac = ? WHERE seq = ?",
    ),
    clearBody: db.prepare(
      "UPDATE bodies SET content_type = NULL, headers = NULL, body = x'' WHERE seq = ?",
    ),
    clearOutputs: db.prepare("UPDATE attempts SET output = '' WHERE seq = ?"),
    endDispatches: db.prepare(
      `UPDATE dispatches SET status = ${erased}
       WHERE seq = ? AND status IN (${pending}, ${dead})`,
    ),
    endDeferred: db.prepare(
      "DELETE FROM deferred_erasures WHERE object_id = ? AND through_seq <= ?",
    ),
    unlink: db.prepare("DELETE FROM links WHERE token = ? AND object_id = ?"),
    unlinkObject: db.prepare("DELETE FROM links WHERE object_id = ?"),
  } satisfies Record<string, StatementSync>;
}
