import { assertEquals } from "@std/assert";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import {
  assertAnswer,
  assertNothingLeaks,
  logOutcome,
} from "../support/answers.ts";
import { MemoryStore } from "../support/memory_store.ts";
import {
  EVENT,
  OLD_SECRET,
  type Scenario,
  SCENARIOS,
} from "../support/receive_scenarios.ts";
import {
  BODY_BYTES_MAX,
  createTestReceiver,
  streamOf,
  type TestReceiver,
} from "../support/receiver.ts";
import { bytesOf, headerOf, SECRET } from "../support/signed_delivery.ts";

const STORES = {
  memory: () => new MemoryStore(),
  SQLite: () => openSqliteStore(":memory:", { bodyBytesMax: BODY_BYTES_MAX }),
};

for (const [storeName, openStore] of Object.entries(STORES)) {
  Deno.test(`receive() answers each scenario, over ${storeName}`, async (test) => {
    for (const scenario of SCENARIOS) {
      await test.step(`${scenario.answer[0]} ${scenario.name}`, async () => {
        const store = await openStore();
        try {
          const receiver = await createTestReceiver({
            secrets: [OLD_SECRET, SECRET],
            store,
          });
          await play(scenario, receiver);
        } finally {
          await store.close();
        }
      });
    }
  });
}

async function play(
  scenario: Scenario,
  receiver: TestReceiver,
): Promise<void> {
  const { body = EVENT, piecesOf, answer, logs, keptAs } = scenario;
  const bytes = typeof body === "string" ? bytesOf(body) : body;
  const response = await receiver.post(
    piecesOf === undefined ? bytes : streamOf(piecesIn(bytes, piecesOf)),
    { signature: headerOf(bytes), ...scenario },
  );
  await assertAnswer(response, answer);
  assertNothingLeaks(response, receiver, bytes);
  assertEquals(logOutcome(receiver), logs);
  const kept = receiver.accepted.map(({ delivery, result }) => {
    assertEquals(result, { ok: true, duplicate: false });
    assertEquals(delivery.body, bytes);
    return delivery.name;
  });
  assertEquals(kept, keptAs === undefined ? [] : [keptAs]);
}

function piecesIn(
  bytes: Uint8Array<ArrayBuffer>,
  length: number,
): Uint8Array<ArrayBuffer>[] {
  const count = Math.ceil(bytes.length / length);
  return Array.from(
    { length: count },
    (_, i) => bytes.slice(i * length, (i + 1) * length),
  );
}
