import type { ReplacedPayloads } from "../store.ts";
import type { Database } from "./database.ts";
import { DURABLE } from "./durable.ts";

/** Replaces payloads; a vacuum takes away the old versions of their rows. */
export async function replacePayloads(
  database: Database,
  replaced: readonly ReplacedPayloads[],
): Promise<void> {
  const bodies = replaced.flatMap(({ seq, body }) =>
    body
      ? {
        seq,
        from: body.from.toBase64(),
        to: body.to.toBase64(),
        digest: body.digest.toBase64(),
      }
      : []
  );
  const outputs = replaced.flatMap(({ seq, outputs }) =>
    outputs.map((output) => ({ seq, ...output }))
  );
  await database.query(
    `WITH replaced AS (
       UPDATE $schema.bodies b SET body = decode(i.to, 'base64'),
         digest = decode(i.digest, 'base64')
       FROM json_to_recordset($1::text::json) AS i(
         seq bigint, "from" text, "to" text, digest text)
       WHERE b.seq = i.seq AND b.body = decode(i.from, 'base64')
     ), attempts AS (
       UPDATE $schema.attempts a SET output = i.to
       FROM json_to_recordset($2::text::json) AS i(
         seq bigint, destination text, number bigint, "from" text, "to" text)
       WHERE a.seq = i.seq AND a.destination = i.destination
         AND a.number = i.number AND a.output = i.from
     )
     SELECT ${DURABLE}`,
    [JSON.stringify(bodies), JSON.stringify(outputs)],
  );
}
