// The index of links, see `lib/store/links.ts`.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { LinkBatch, LinkProgress, UnlinkedEvent } from "../links.ts";

/** Writes links. */
export class SqliteLinks {
  readonly #insert: StatementSync;
  readonly #setLinkedSeq: StatementSync;
  readonly #db: DatabaseSync;

  /** @param db The connection for writing. */
  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#insert = db.prepare(
      "INSERT INTO links (token, object_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
    );
    this.#setLinkedSeq = db.prepare(
      "UPDATE link_index SET linked_seq = max(linked_seq, ?)",
    );
  }

  /** Adds a batch, in a transaction that is under way. */
  add({ links, throughSeq, isFirst = false }: LinkBatch): void {
    if (isFirst) {
      this.#db.exec(
        "DELETE FROM links; UPDATE link_index SET linked_seq = 0, key = randomblob(32)",
      );
    }
    // Sorted, so that neighbors share pages.
    for (const link of links.toSorted()) this.#insert.run(...link);
    this.#setLinkedSeq.run(throughSeq);
  }
}

export function readLinkProgress(db: DatabaseSync): LinkProgress {
  const row = db.prepare(
    `SELECT key, linked_seq, (SELECT max(seq) FROM events) AS last_seq
     FROM link_index`,
  ).get();
  return {
    key: row?.key instanceof Uint8Array ? row.key : new Uint8Array(),
    linkedSeq: Number(row?.linked_seq),
    lastSeq: Number(row?.last_seq),
  };
}

export function readUnlinked(
  db: DatabaseSync,
  { afterSeq, limit }: { afterSeq: number; limit: number },
): UnlinkedEvent[] {
  return db.prepare(
    `SELECT seq, id, name, object_id, body FROM events JOIN bodies USING (seq)
     WHERE seq > ? AND seq <= ? ORDER BY seq`,
  ).all(afterSeq, afterSeq + limit).map((row) => ({
    seq: Number(row.seq),
    id: String(row.id),
    name: String(row.name),
    objectId: row.object_id === null ? null : String(row.object_id),
    body: row.body instanceof Uint8Array ? row.body : new Uint8Array(),
  }));
}

export function readLinkedObjects(
  db: DatabaseSync,
  { tokens, limit }: { tokens: readonly string[]; limit: number },
): string[] {
  return db.prepare(
    `SELECT DISTINCT object_id FROM links
     WHERE token IN (SELECT value FROM json_each(?)) ORDER BY object_id LIMIT ?`,
  ).all(JSON.stringify(tokens), limit).map(({ object_id: id }) => String(id));
}
