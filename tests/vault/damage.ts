import { assert, assertEquals } from "@std/assert";
import type { Delivery } from "../../lib/store/store.ts";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import type { OpenStore } from "../support/open_store.ts";

/** A sealed store that can be damaged while it is closed. */
export interface DamagedPlace extends AsyncDisposable {
  open(): Promise<OpenStore>;
  /** Runs SQL: `$s.` is the schema of the store, `$k.` that of its keys. */
  sql(text: string): Promise<void>;
  /** Bytes with one bit of the one at `at`, counted from 1, flipped. */
  flip(column: string, at: string): string;
  /** The bytes of a text. */
  bytes(text: string): string;
}

const DESTINATION = "a";

interface Damage {
  readonly what: string;
  /** The SQL, for the event `evt_${seq}`. */
  sql(seq: number, place: DamagedPlace): string;
  /** What is said of the body: a part of it. */
  readonly reason: "changed" | "no-key" | "lost";
}

const body = (value: string, seq: number) =>
  `UPDATE $s.bodies SET body = ${value} WHERE seq = ${seq}`;
const event = (change: string, seq: number) =>
  `UPDATE $s.events SET ${change} WHERE seq = ${seq}`;
const bodyOf = (seq: number) =>
  `(SELECT body FROM $s.bodies WHERE seq = ${seq})`;

const DAMAGES: readonly Damage[] = [
  {
    what: "a bit of the ciphertext",
    sql: (seq, { flip }) => body(flip("body", "30"), seq),
    reason: "changed",
  },
  {
    what: "a bit of the nonce",
    sql: (seq, { flip }) => body(flip("body", "12"), seq),
    reason: "changed",
  },
  {
    what: "a bit of the tag",
    sql: (seq, { flip }) => body(flip("body", "length(body)"), seq),
    reason: "changed",
  },
  {
    what: "the mark",
    sql: (seq, { flip }) => body(flip("body", "1"), seq),
    reason: "changed",
  },
  {
    what: "the id of its key",
    sql: (seq, { flip }) => body(flip("body", "5"), seq),
    reason: "no-key",
  },
  {
    what: "all of it, in the clear",
    sql: (seq, { bytes }) => body(bytes("{}"), seq),
    reason: "changed",
  },
  {
    what: "its row, to one of another object",
    sql: (seq) => body(bodyOf(seq + 1), seq),
    reason: "no-key",
  },
  {
    what: "its object",
    sql: (seq) => event("object_id = 'inq_other'", seq),
    reason: "no-key",
  },
  {
    what: "its name",
    sql: (seq) => event("name = 'inquiry.declined'", seq),
    reason: "changed",
  },
  {
    what: "a bit of the wrapped key",
    sql: (seq, { flip }) =>
      `UPDATE $k.data_keys SET wrapped = ${flip("wrapped", "20")}
       WHERE owner = 'inq_${seq}'`,
    reason: "no-key",
  },
  {
    what: "the wrapped key, to that of another object",
    sql: (seq) =>
      `UPDATE $k.data_keys SET wrapped = (
         SELECT wrapped FROM $k.data_keys WHERE owner = 'inq_${seq + 1}')
       WHERE owner = 'inq_${seq}'`,
    reason: "no-key",
  },
  {
    what: "its row, which is gone",
    sql: (seq) => `DELETE FROM $s.bodies WHERE seq = ${seq}`,
    reason: "lost",
  },
];

/** Of one more event: it is whole, but what is beside it is not. */
const SEQ_BESIDE = DAMAGES.length + 1;

/** Of two events of an object: the first gets the body of the second. */
const SEQ_TWIN = DAMAGES.length + 2;

/** Registers that no damage to a sealed store gets out of it unnoticed. */
export function testDamage(
  name: string,
  makePlace: () => Promise<DamagedPlace>,
  whyIgnored?: string,
): void {
  Deno.test({
    name:
      `${name}: what was changed, moved or removed is told, and never handed out`,
    ignore: whyIgnored !== undefined,
    async fn() {
      await using place = await makePlace();
      const first = await place.open();
      for (let seq = 1; seq <= SEQ_TWIN + 1; seq++) {
        await first.accept(deliveryOf(seq), [DESTINATION]);
      }
      const key = { seq: SEQ_BESIDE, destination: DESTINATION };
      const retry = { output: "Canary-Jo", status: "pending" } as const;
      await first.record(attempt(key, retry));
      await first.close();

      for (const [i, { sql }] of DAMAGES.entries()) {
        await place.sql(sql(i + 1, place));
      }
      await place.sql(body(bodyOf(SEQ_TWIN + 1), SEQ_TWIN));
      await place.sql(
        `UPDATE $s.attempts SET output = replace(output, 'sealed:', 'sealed:AAAA')`,
      );
      const digest = place.flip("digest", "3");
      await place.sql(
        `UPDATE $s.bodies SET digest = ${digest} WHERE seq = ${SEQ_BESIDE}`,
      );

      const open = await place.open();
      for (const [i, { what, reason }] of DAMAGES.entries()) {
        await assertTold(open, i + 1, { what, reason });
      }
      const twin = { what: "its row, to one of the same object" };
      await assertTold(open, SEQ_TWIN, { ...twin, reason: "changed" });
      const beside = await open.get(`evt_${SEQ_BESIDE}`);
      assertEquals(beside.body, deliveryOf(SEQ_BESIDE).body);
      const [dispatch] = beside.dispatches;
      assertEquals(dispatch?.attempts.map(({ output }) => output), [
        "(the stored output cannot be read)",
      ]);
      const copy = await open.store.accept(deliveryOf(SEQ_BESIDE));
      assertEquals(copy, { ok: true, duplicate: true, differs: true });
      await open.close();
    },
  });
}

function deliveryOf(seq: number): Delivery {
  const objectId = seq > SEQ_TWIN ? `inq_${SEQ_TWIN}` : `inq_${seq}`;
  return delivery(`evt_${seq}`, { objectId });
}

async function assertTold(
  open: OpenStore,
  seq: number,
  { what, reason }: Pick<Damage, "what" | "reason">,
): Promise<void> {
  const stored = await open.get(`evt_${seq}`);
  assertEquals([stored.unreadable, stored.body.length], [reason, 0], what);
  const loaded = await open.load({ seq, destination: DESTINATION });
  assert(loaded.unreadable, what);
  assertEquals([loaded.unreadable, loaded.body.length], [reason, 0], what);
}
