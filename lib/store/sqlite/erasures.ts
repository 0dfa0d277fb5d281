// Erasure of payloads in a SQLite store: see `lib/store/erasure.ts`.
//
// Bodies and outputs are overwritten where they are: to remove a row would move its
// neighbors, and leave copies of them in free parts of pages. Free pages are filled with
// zeros. The log is overwritten after its next checkpoint.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import { bodyMac, type Erasure } from "../erasure.ts";
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
  seqsOf({ objectIds, throughSeq }: Erasure): number[] {
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
      yield () => this.#erase(seqs.slice(i, i + BATCH), erasedAtMs);
    }
  }

  /** Removes links, and notes that the log was carried out so far. */
  finish({ links }: Pick<Erasure, "links">, position: number): void {
    for (const link of links) this.#statements.unlink.run(...link);
    this.#statements.setPosition.run(position);
  }

  /**
   * Carries out what the log has and the store does not: after a kill, or when a backup
   * was put in its place. Returns whether there was anything.
   */
  catchUp(log: ErasureLog): boolean {
    const { position } = this.#statements.position.get() ?? {};
    const entries = log.after(Number(position));
    if (entries.length === 0) return false;
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
      const objectIds = [objectId];
      const seqs = this.seqsOf({
        objectIds,
        throughSeq,
        erasedAtMs,
        links: [],
      });
      for (const erase of this.batches(seqs, erasedAtMs)) this.#transact(erase);
      this.#transact(() => this.#statements.unlinkObject.run(objectId));
    }
    this.#transact(() => this.finish({ links: [] }, log.length));
    return true;
  }

  #erase(seqs: readonly number[], erasedAtMs: number): void {
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

  #transact(write: () => void): void {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      write();
      this.#db.exec("COMMIT");
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

/** Returns how much of the log a store has carried out. */
export function readErasurePosition(db: DatabaseSync): number {
  return Number(db.prepare("SELECT position FROM erasures").get()?.position);
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
    position: db.prepare("SELECT position FROM erasures"),
    setPosition: db.prepare(
      "UPDATE erasures SET position = max(position, ?)",
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
    unlink: db.prepare("DELETE FROM links WHERE token = ? AND object_id = ?"),
    unlinkObject: db.prepare("DELETE FROM links WHERE object_id = ?"),
  } satisfies Record<string, StatementSync>;
}
