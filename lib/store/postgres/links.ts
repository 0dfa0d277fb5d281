// The index of links, see `lib/store/links.ts`.

import type { DatabaseRow } from "../columns.ts";
import type { LinkBatch, LinkProgress, UnlinkedEvent } from "../links.ts";
import { bytesOf } from "./bytes.ts";
import type { Database, Parameter } from "./database.ts";

type Read = (
  text: string,
  values?: readonly Parameter[],
) => Promise<readonly DatabaseRow[]>;

/** Adds a batch; in order, so that instances that add the same do not meet crosswise. */
export async function addLinks(
  database: Database,
  { links, throughSeq, isFirst = false }: LinkBatch,
): Promise<void> {
  if (isFirst) {
    await database.query(`
      DELETE FROM $schema.links;
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

export async function readLinkProgress(read: Read): Promise<LinkProgress> {
  const [row] = await read(
    `SELECT key, linked_seq,
       coalesce((SELECT max(seq) FROM $schema.events), 0) AS last_seq
     FROM $schema.link_index`,
  );
  return {
    key: bytesOf(row?.key),
    linkedSeq: Number(row?.linked_seq),
    lastSeq: Number(row?.last_seq),
  };
}

export async function readUnlinked(
  read: Read,
  { afterSeq, limit }: { afterSeq: number; limit: number },
): Promise<UnlinkedEvent[]> {
  const rows = await read(
    `SELECT seq, id, name, object_id, body
     FROM $schema.events JOIN $schema.bodies USING (seq)
     WHERE seq > $1::bigint AND seq <= $2::bigint ORDER BY seq`,
    [afterSeq, afterSeq + limit],
  );
  return rows.map((row) => ({
    seq: Number(row.seq),
    id: String(row.id),
    name: String(row.name),
    objectId: row.object_id === null ? null : String(row.object_id),
    body: bytesOf(row.body),
  }));
}

export async function readLinkedObjects(
  read: Read,
  { tokens, limit }: { tokens: readonly string[]; limit: number },
): Promise<string[]> {
  const rows = await read(
    `SELECT DISTINCT object_id FROM $schema.links WHERE token IN (
       SELECT json_array_elements_text($1::text::json))
     ORDER BY object_id LIMIT $2::bigint`,
    [JSON.stringify(tokens), limit],
  );
  return rows.map(({ object_id: id }) => String(id));
}
