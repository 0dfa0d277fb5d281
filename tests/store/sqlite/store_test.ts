import { openSqliteReader } from "../../../lib/store/sqlite/reader.ts";
import { openSqliteStore } from "../../../lib/store/sqlite/open.ts";
import type { Store } from "../../../lib/store/store.ts";
import { SeededRandom } from "../../support/seeded_random.ts";
import { openSettlingStore } from "../../support/settling_store.ts";
import type { StoreAdapter } from "../../support/store_adapter.ts";
import { TempDir } from "../../support/temp_dir.ts";
import { testStore } from "../conformance.ts";
import { testDispatches } from "../dispatch_conformance.ts";
import { testListing } from "../list_conformance.ts";
import { testErasure } from "../erase_conformance.ts";
import { testRetention } from "../retention_conformance.ts";
import { testHolds } from "../hold_conformance.ts";
import { testLateEvents } from "../late_conformance.ts";
import { testLinks } from "../link_conformance.ts";
import { testLoad } from "../load_conformance.ts";
import { testPauses } from "../pause_conformance.ts";
import { testPayloads } from "../payload_conformance.ts";
import { testSharing } from "../shared_conformance.ts";
import { testTotals } from "../totals_conformance.ts";

const BODY_BYTES_MAX = 1 << 20;

const FILE: StoreAdapter = {
  name: "sqlite file",
  isKept: true,
  async place() {
    const dir = await TempDir.make();
    const path = `${dir.path}/inbox.db`;
    return {
      open: () => openSqliteStore(path, { bodyBytesMax: BODY_BYTES_MAX }),
      openReader: () => openSqliteReader(path),
      [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
    };
  },
};

const MEMORY = inMemory(
  "sqlite::memory:",
  () => openSqliteStore(":memory:", { bodyBytesMax: BODY_BYTES_MAX }),
);

const SETTLED = inMemory(
  "sqlite, all settled",
  () => Promise.resolve(openSettlingStore(() => 1_000_000)),
);

const SETTLING = inMemory("sqlite, settling bit by bit", () => {
  const random = new SeededRandom(1);
  return Promise.resolve(openSettlingStore(() => random.below(40)));
});

for (const adapter of [FILE, MEMORY]) {
  testStore(adapter);
  testSharing(adapter);
}
for (const adapter of [FILE, MEMORY, SETTLED, SETTLING]) {
  testDispatches(adapter);
  testLoad(adapter);
  testListing(adapter);
  testTotals(adapter);
  testPauses(adapter);
  testHolds(adapter);
  testLateEvents(adapter);
  testLinks(adapter);
  testPayloads(adapter);
  testErasure(adapter);
  testRetention(adapter);
}

function inMemory(name: string, open: () => Promise<Store>): StoreAdapter {
  const place = {
    open,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { name, isKept: false, place: () => Promise.resolve(place) };
}
