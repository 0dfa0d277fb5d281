import { openPostgresReader } from "../../../lib/store/postgres/open_clients.ts";
import { openPostgresStore } from "../../../lib/store/postgres/open.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { postgresPlace } from "../../support/postgres_place.ts";
import type { StoreAdapter } from "../../support/store_adapter.ts";
import { testStore } from "../conformance.ts";
import { testDispatches } from "../dispatch_conformance.ts";
import { testErasure } from "../erase_conformance.ts";
import { testLateEvents } from "../late_conformance.ts";
import { testRetention } from "../retention_conformance.ts";
import { testHolds } from "../hold_conformance.ts";
import { testLinks } from "../link_conformance.ts";
import { testListing } from "../list_conformance.ts";
import { testLoad } from "../load_conformance.ts";
import { testPauses } from "../pause_conformance.ts";
import { testPayloads } from "../payload_conformance.ts";
import { testSharing } from "../shared_conformance.ts";
import { testTotals } from "../totals_conformance.ts";

const BODY_BYTES_MAX = 1 << 20;

const reason = await whyNoPostgres();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

const POSTGRES: StoreAdapter = {
  name: "postgres",
  isKept: true,
  isShared: true,
  ...(reason !== undefined && { whyIgnored: reason }),
  place() {
    const url = cluster!.schema();
    const place = postgresPlace(url);
    return Promise.resolve({
      open: () =>
        openPostgresStore(url, place, { bodyBytesMax: BODY_BYTES_MAX }),
      openReader: () => openPostgresReader(place),
      [Symbol.asyncDispose]: async () =>
        void await cluster!.sql(
          `DROP SCHEMA IF EXISTS ${place.schema}, ${place.schema}_erasures
           CASCADE`,
        ),
    });
  },
};

testStore(POSTGRES);
testSharing(POSTGRES);
testDispatches(POSTGRES);
testLoad(POSTGRES);
testListing(POSTGRES);
testTotals(POSTGRES);
testErasure(POSTGRES);
testLateEvents(POSTGRES);
testRetention(POSTGRES);
testLinks(POSTGRES);
testPayloads(POSTGRES);
testPauses(POSTGRES);
testHolds(POSTGRES);
