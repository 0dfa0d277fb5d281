import type { DatabaseSync } from "node:sqlite";
import type { ReplacedPayloads } from "../store.ts";

/** Replaces payloads in a transaction that is under way, nothing left of the old ones. */
export function replacePayloads(
  db: DatabaseSync,
  replaced: readonly ReplacedPayloads[],
): void {
  db.exec("PRAGMA secure_delete = ON");
  const body = db.prepare(
    "UPDATE bodies SET body = ?, digest = ? WHERE seq = ? AND body = ?",
  );
  const output = db.prepare(
    `UPDATE attempts SET output = ?
     WHERE seq = ? AND destination = ? AND number = ? AND output = ?`,
  );
  try {
    for (const { seq, body: one, outputs } of replaced) {
      if (one) body.run(one.to, one.digest, seq, one.from);
      for (const { destination, number, from, to } of outputs) {
        output.run(to, seq, destination, number, from);
      }
    }
  } finally {
    db.exec("PRAGMA secure_delete = FAST");
  }
}
