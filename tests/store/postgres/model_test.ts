import { PostgresCluster, whyNoPostgres } from "../../support/postgres.ts";
import { testAgainstModel } from "../state_machine.ts";

const reason = await whyNoPostgres();
const cluster = reason === undefined
  ? await PostgresCluster.start()
  : undefined;

testAgainstModel({
  name: `postgres${reason === undefined ? "" : ` (${reason})`}`,
  clients: 2,
  ignore: cluster === undefined,
  place() {
    const url = cluster!.schema();
    const schema = new URL(url).searchParams.get("schema");
    return Promise.resolve({
      url,
      [Symbol.asyncDispose]: async () =>
        void await cluster!.sql(`DROP SCHEMA IF EXISTS ${schema} CASCADE`),
    });
  },
});
