import {
  type PostgresUrl,
  readPostgresUrl,
} from "../../lib/store/postgres_url.ts";

/** What the URL of a store says, which must be well. */
export function postgresPlace(url: string): PostgresUrl {
  const result = readPostgresUrl(url);
  if (result.ok) return result.place;
  throw new Error(result.fault);
}
