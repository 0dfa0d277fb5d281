// The index of links, see `lib/store/links.ts`.

import type { LinkBatch } from "../links.ts";
import type { Database } from "./database.ts";

/** Adds a batch; in order, so that instances that add the same do not meet crosswise. */
export async function addLinks(
  database: Database,
  { links, throughSeq, isFirst = false }: LinkBatch,
): Promise<void> {
  if (isFirst) {
    await database.query(`
      DELETE FROM $schema.links WHERE token NOT IN (
        SELECT link_token FROM $schema.holds WHERE link_token IS NOT NULL);
      UPDATE $schema.link_index SET linked_seq = 0, key = decode(replace(
        concat(gen_random_uuid(), gen_random_uuid()), '-', ''), 'hex')`);
  }
  await database.query(
    `WITH added AS (
       INSERT INTO $schema.links (token, object_id)
       SELECT l ->> 0, l ->> 1 FROM json_array_elements($1::text::json) AS l
       ORDER BY 1, 2 ON CONFLICT DO NOTHING
     )
     UPDATE $schema.link_index SET linked_seq = greatest(linked_seq, $2::bigint)`,
    [JSON.stringify(links), throughSeq],
  );
}
