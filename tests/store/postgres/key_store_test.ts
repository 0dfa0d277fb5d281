import { PostgresKeyStore } from "../../../lib/store/postgres/key_store.ts";
import { readPostgresUrl } from "../../../lib/store/postgres_url.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { testKeyStore } from "../key_store_conformance.ts";

const reason = await whyNoPostgres();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

testKeyStore("postgres key store", () => {
  const result = readPostgresUrl(cluster!.schema());
  if (!result.ok) throw new Error(result.fault);
  const { place } = result;
  return Promise.resolve({
    open: () => new PostgresKeyStore(place),
    [Symbol.asyncDispose]: async () =>
      void await cluster!.sql(`DROP SCHEMA IF EXISTS ${place.schema} CASCADE`),
  });
}, { isKept: true, ...(reason !== undefined && { whyIgnored: reason }) });
