import { assert, assertEquals } from "@std/assert";
import { attempt } from "../support/attempts.ts";
import { delivery } from "../support/deliveries.ts";
import { type StoreAdapter, storeTests } from "../support/store_adapter.ts";

/** Registers what every adapter must do to replace payloads. */
export function testPayloads(adapter: StoreAdapter): void {
  const test = storeTests(adapter);

  test("replacePayloads() replaces what is still as it was", async (open) => {
    const seqs: number[] = [];
    for (const id of ["evt_1", "evt_2"]) {
      const seq = await open.accept(delivery(id), ["a", "b"]);
      seqs.push(seq);
      for (const destination of ["a", "b"]) {
        const output = `answer of ${destination}`;
        await open.record(attempt({ seq, destination }, { output }));
      }
    }
    const replaced = seqs.map((seq, i) => ({
      seq,
      body: {
        from: i === 0 ? delivery("evt_1").body : new Uint8Array([1]),
        to: new Uint8Array([i, 0, 255]),
        digest: new Uint8Array([i]),
      },
      outputs: ["a", "b"].map((destination) => ({
        destination,
        number: 1,
        from: "answer of a",
        to: `new é of ${destination}`,
      })),
    }));
    assert(await open.store.replacePayloads(replaced));
    const outputs = [{ destination: "b", number: 1, from: "-", to: "never" }];
    assert(await open.store.replacePayloads([{ seq: seqs[0]!, outputs }]));
    const [first, second] = [await open.get("evt_1"), await open.get("evt_2")];
    assertEquals(first.body, new Uint8Array([0, 0, 255]));
    assertEquals(second.body, delivery("evt_2").body);
    for (const { dispatches } of [first, second]) {
      const outputs = dispatches.map(({ attempts }) => attempts[0]?.output);
      assertEquals(outputs, ["new é of a", "answer of b"]);
    }
    const digest = new Uint8Array([0]);
    const copy = { ...delivery("evt_1"), digest };
    const duplicate = { ok: true, duplicate: true } as const;
    assertEquals(await open.store.accept(copy), duplicate);
    const other = { ...copy, digest: new Uint8Array([9]) };
    const differs = { ...duplicate, differs: true } as const;
    assertEquals(await open.store.accept(other), differs);
    assertEquals(await open.store.accept(delivery("evt_1")), duplicate);
  });
}
