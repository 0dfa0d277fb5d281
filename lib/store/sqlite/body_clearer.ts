import type { DatabaseSync } from "node:sqlite";

/** The room that the rest of a record may take more than before: its header. */
const SLACK_BYTES = 16;

/** A larger row is not in one page: the rest of it is in pages that are freed. */
const UNPAGED_BYTES = 384;

const SIZE = ["content_type", "headers", "body", "digest"]
  .map((name) => `coalesce(octet_length(${name}), 0)`).join(" + ");

/**
 * Makes a function that overwrites a body where it is, in a transaction under way with
 * `secure_delete`.
 *
 * Zeros fill the row up to its size, or a little less. Were it larger, its neighbors would
 * have to move. Were it empty, nobody could tell which rows are on the pages beside it: see
 * `body_removal.ts`.
 *
 * @returns The function, for the `seq` of an event that has a body.
 */
export function bodyClearer(db: DatabaseSync): (seq: number) => void {
  const { page_size: pageBytes } = db.prepare("PRAGMA page_size").get() ?? {};
  const clear = db.prepare(
    `UPDATE bodies SET content_type = NULL, headers = NULL, body = x'',
       padding = zeroblob(iif(${SIZE} <= ${Number(pageBytes) - UNPAGED_BYTES},
         octet_length(body) - ${SLACK_BYTES}, 0))
     WHERE seq = ? AND body <> x''`,
  );
  const note = db.prepare(
    `INSERT OR REPLACE INTO erased_bodies
     SELECT seq, octet_length(padding) FROM bodies WHERE seq = ?`,
  );
  return (seq) => {
    if (clear.run(seq).changes === 1) note.run(seq);
  };
}
