// The index of links, see `lib/store/links.ts`.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { LinkBatch } from "../links.ts";

/** Writes links. */
export class SqliteLinks {
  readonly #insert: StatementSync;
  readonly #setLinkedSeq: StatementSync;
  readonly #db: DatabaseSync;

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
        `DELETE FROM links WHERE token NOT IN (
           SELECT link_token FROM holds WHERE link_token IS NOT NULL);
         UPDATE link_index SET linked_seq = 0, key = randomblob(32)`,
      );
    }
    // Sorted, so that neighbors share pages.
    for (const link of links.toSorted()) this.#insert.run(...link);
    this.#setLinkedSeq.run(throughSeq);
  }
}
