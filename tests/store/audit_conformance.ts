import { assert, assertEquals } from "@std/assert";
import {
  type AuditEntry,
  type AuditTrail,
  verifyTrail,
} from "../../lib/store/audit.ts";

const NOW_MS = 1_750_000_000_000;

function reveal(subject: string): AuditEntry {
  return { act: "reveal", by: "alice", subject, detail: null };
}

/**
 * Registers what every audit trail must do.
 *
 * @param open Opens the same trail each time.
 */
export async function checkAudit(open: () => AuditTrail): Promise<void> {
  const audit = open();
  assertEquals(await verifyTrail(audit.records()), {
    ok: true,
    records: 0,
    head: "",
  });
  assertEquals(await audit.last(), undefined);
  const first = await audit.append(reveal("evt_1"), NOW_MS);
  const second = await open().append(reveal("evt_\u{1f600}\"'"), NOW_MS + 1);
  assertEquals([first.number, first.previous], [1, ""]);
  assertEquals([second.number, second.previous], [2, first.hash]);
  assertEquals(await Array.fromAsync(audit.records()), [first, second]);
  assertEquals(await audit.last(), second);
  assertEquals(await verifyTrail(audit.records(), { head: first.hash }), {
    ok: true,
    records: 2,
    head: second.hash,
  });
  // One chain, though several append at once.
  const trails = [open(), open(), open()];
  await Promise.all(
    trails.flatMap((trail, i) =>
      Array.from(
        { length: 5 },
        (_, k) => trail.append(reveal(`evt_${i}_${k}`), NOW_MS),
      )
    ),
  );
  const verdict = await verifyTrail(open().records());
  assert(verdict.ok);
  assertEquals(verdict.records, 17);
}
