import { PostgresKeyStore } from "../../../lib/store/postgres/key_store.ts";
import { readPostgresUrl } from "../../../lib/store/postgres_url.ts";
import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { assertRetires, testKeyStore } from "../key_store_conformance.ts";

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

Deno.test({
  name:
    "a postgres key store of an older version keeps its keys, and can retire them",
  ignore: reason !== undefined,
  async fn() {
    const result = readPostgresUrl(cluster!.schema());
    if (!result.ok) throw new Error(result.fault);
    const { schema } = result.place;
    await cluster!.sql(`
      CREATE SCHEMA ${schema};
      CREATE TABLE ${schema}.data_keys (owner text COLLATE "C" NOT NULL,
        id text COLLATE "C" NOT NULL, wrapped_by text NOT NULL, wrapped bytea,
        PRIMARY KEY (owner, id));
      CREATE UNIQUE INDEX living_keys ON ${schema}.data_keys (owner)
        WHERE wrapped IS NOT NULL;
      CREATE TABLE ${schema}.notes (name text COLLATE "C" PRIMARY KEY,
        note bytea NOT NULL);
      INSERT INTO ${schema}.data_keys
        VALUES ('inq_1', 'a', 'k1', decode('01', 'hex'))`);
    await assertRetires(new PostgresKeyStore(result.place));
  },
});
