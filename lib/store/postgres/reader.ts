// The reader of a PostgreSQL store.

import type { EventReader } from "../event_reader.ts";
import { SqlReader } from "../sql_reader.ts";
import type { PostgresUrl } from "../postgres_url.ts";
import { checkErasures } from "./check_erasures.ts";
import type { Database } from "./database.ts";
import { DIALECT } from "./dialect.ts";
import { cannotRead } from "./errors.ts";
import { checkReadable } from "./schema.ts";

/** A search through many events may take longer than a delivery may wait. */
const READ_MS = 30_000;

/** Options of a reader. */
export interface ReaderOptions {
  /**
   * True if this process has the store open: it goes on beside instances of a newer
   * version, which have migrated it since.
   */
  readonly isKnown?: boolean;
  /** The place of the log of erasures, which is looked at first unless it is known. */
  readonly logPlace?: PostgresUrl;
}

/** Creates a reader on connections of its own, which are closed with it. */
export function createPostgresReader(
  database: Database,
  { isKnown = false, logPlace }: ReaderOptions = {},
): EventReader {
  let isChecked = isKnown;
  return new SqlReader({
    dialect: DIALECT,
    async read(text, values) {
      try {
        if (!isChecked) {
          await checkReadable(database);
          if (logPlace) await checkErasures(database, logPlace);
        }
        isChecked = true;
        return await database.query(text, values, READ_MS);
      } catch (error) {
        throw cannotRead(error);
      }
    },
    close: () => void database.close(),
  });
}
