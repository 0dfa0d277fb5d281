import { openPostgresReader } from "../../../lib/store/postgres/open_clients.ts";
import { openPostgresStore } from "../../../lib/store/postgres/open.ts";
import { PostgresCluster, whyNoPooler } from "../../support/postgres.ts";
import { postgresPlace } from "../../support/postgres_place.ts";
import type { StoreAdapter } from "../../support/store_adapter.ts";
import { testDispatches } from "../dispatch_conformance.ts";
import { testSharing } from "../shared_conformance.ts";

const reason = await whyNoPooler();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

/** Each statement may have another connection, and nobody can listen. */
const POOLED: StoreAdapter = {
  name: "postgres by PgBouncer",
  isKept: true,
  isShared: true,
  ...(reason !== undefined && { whyIgnored: reason }),
  async place() {
    const url = await cluster!.pooled(cluster!.schema());
    const place = postgresPlace(url);
    return {
      open: () => openPostgresStore(url, place, { bodyBytesMax: 1 << 20 }),
      openReader: () => openPostgresReader(place),
      [Symbol.asyncDispose]: async () =>
        void await cluster!.sql(
          `DROP SCHEMA IF EXISTS ${place.schema} CASCADE`,
        ),
    };
  },
};

testSharing(POOLED);
testDispatches(POOLED);
