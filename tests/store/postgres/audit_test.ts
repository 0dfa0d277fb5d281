import { openAudit, openStore } from "../../../lib/store/open_store.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { checkAudit } from "../audit_conformance.ts";

const why = await whyNoPostgres();

Deno.test({
  name: "an audit trail is a chain that verifies, in PostgreSQL" +
    (why === undefined ? "" : ` (${why})`),
  ignore: why !== undefined,
  async fn() {
    await using cluster = await PostgresCluster.start();
    const url = cluster.schema();
    const store = await openStore(url, { bodyBytesMax: 1024 });
    await store.close();
    await checkAudit(() => openAudit(url));
  },
});
