// Removal of the rows that erased bodies leave, which gives their pages to later events.
//
// To remove a row makes SQLite balance its page with up to two beside it
// (`balance_nonroot` in btree.c): it moves the rows of these pages, and leaves copies of
// them in free parts, which stay when the row itself is erased later. Rows of erased
// events hold no payload, so copies of these are harmless: a row is removed only where no
// other can be on those pages. Pages above hold only positions, and freed pages are
// filled with zeros.

import type { DatabaseSync } from "node:sqlite";
import { keptDigest } from "../kept_digest.ts";
import { bytesOf } from "../columns.ts";
import type { SqliteConnection } from "./connection.ts";

/** Pages that are balanced together: the one of the row, and two on one side of it. */
const BALANCED_PAGES = 3;

/** A row of an erased event takes at least that beside its zeros. */
const ROW_BYTES_MIN = 8;

/** Rows that are looked at together: it takes a millisecond. */
const PAGE = 512;

/** Rows that are removed in one transaction: receiving waits for it. */
const BATCH = 32;

/** The pause after that, for each millisecond that it took. */
const PAUSE_PER_MS = 5;

/** A row of an erased body. */
interface ErasedBody {
  readonly seq: number;
  readonly bytes: number;
  /** True if the row before it is not one. */
  readonly isFirst: boolean;
}

/**
 * Removes rows of erased bodies between others of these, little by little.
 *
 * @param isStopped Called before each step.
 * @throws {Error} If one could not be made durable. What is left is removed the next time.
 */
export async function removeErasedBodies(
  connection: SqliteConnection,
  isStopped: () => boolean,
): Promise<void> {
  const { db } = connection;
  const { list, remove } = prepare(db);
  const run = new Run(marginOf(db));
  let bodies: readonly ErasedBody[];
  let afterSeq = 0;
  do {
    const startMs = performance.now();
    bodies = list(afterSeq);
    const due = bodies.flatMap((one) => run.add(one));
    afterSeq = bodies.at(-1)?.seq ?? afterSeq;
    await pauseSince(startMs);
    for (let i = 0; i < due.length; i += BATCH) {
      if (isStopped()) return;
      const startMs = performance.now();
      await connection.transact(() => remove(due.slice(i, i + BATCH)));
      await pauseSince(startMs);
    }
  } while (bodies.length > 0 && !isStopped());
}

/** The bytes of erased rows that stay on each side of those that are removed. */
function marginOf(db: DatabaseSync): number {
  const { page_size: bytes } = db.prepare("PRAGMA page_size").get() ?? {};
  return BALANCED_PAGES * Number(bytes);
}

/** Rows of erased bodies without another between them. */
class Run {
  readonly #margin: number;
  #bytesBefore = 0;
  /** Rows after the margin before them, and their bytes. */
  #rows: ErasedBody[] = [];
  #bytes = 0;

  constructor(margin: number) {
    this.#margin = margin;
  }

  /** Adds the next row, and returns those that have both margins now. */
  add(body: ErasedBody): number[] {
    if (body.isFirst) {
      this.#bytesBefore = this.#bytes = 0;
      this.#rows = [];
    }
    if (this.#bytesBefore < this.#margin) {
      this.#bytesBefore += body.bytes;
      return [];
    }
    this.#rows.push(body);
    this.#bytes += body.bytes;
    let count = 0;
    const bytesAfter = () => this.#bytes - this.#rows[count]!.bytes;
    for (; bytesAfter() >= this.#margin; count++) this.#bytes = bytesAfter();
    return this.#rows.splice(0, count).map(({ seq }) => seq);
  }
}

function prepare(db: DatabaseSync) {
  const select = db.prepare(
    // A gap in the list has events that are not erased, or of which the row was removed.
    `SELECT seq, bytes, seq > before + 1 AND (
         coalesce((SELECT erased_at_ms IS NULL FROM events e
           WHERE e.seq = before + 1), FALSE)
         OR EXISTS (SELECT 1 FROM bodies b
           WHERE b.seq > before AND b.seq < listed.seq)) AS is_first
     FROM (SELECT seq, bytes,
         lag(seq, 1, :afterSeq) OVER (ORDER BY seq) AS before
       FROM erased_bodies WHERE seq > :afterSeq
       ORDER BY seq LIMIT ${PAGE}) AS listed ORDER BY seq`,
  );
  const digest = db.prepare(
    "SELECT digest FROM bodies WHERE seq = ? AND digest IS NOT NULL",
  );
  const keep = db.prepare("UPDATE events SET body_mac = ? WHERE seq = ?");
  const deletions = [
    "DELETE FROM bodies WHERE seq = ? AND body = x''",
    "DELETE FROM erased_bodies WHERE seq = ?",
  ].map((sql) => db.prepare(sql));
  const list = (afterSeq: number): ErasedBody[] =>
    select.all({ afterSeq }).map((row) => ({
      seq: Number(row.seq),
      bytes: Number(row.bytes) + ROW_BYTES_MIN,
      isFirst: Boolean(row.is_first),
    }));
  const remove = (seqs: readonly number[]) => {
    db.exec("PRAGMA secure_delete = ON");
    try {
      for (const seq of seqs) {
        const row = digest.get(seq);
        if (row) keep.run(keptDigest(bytesOf(row.digest)), seq);
        for (const statement of deletions) statement.run(seq);
      }
    } finally {
      db.exec("PRAGMA secure_delete = FAST");
    }
  };
  return { list, remove };
}

function pauseSince(startMs: number): Promise<void> {
  const delayMs = (performance.now() - startMs) * PAUSE_PER_MS;
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
