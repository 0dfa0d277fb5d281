import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/errors.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import { configSources } from "../support/config_sources.ts";

const URL_ALONE = "postgres://u@db.example/inbox";

function storeUrlOf(
  env: Record<string, string>,
  files: Record<string, string> = {},
): string {
  const sources = configSources({
    env: { INBOX_STORE: URL_ALONE, ...env },
    files,
  });
  return loadConfig("tool", sources).storeUrl;
}

Deno.test("loadConfig() finds the password of a database where psql does", () => {
  const own = "postgres://u:own@db.example/inbox";
  const found = (password: string) =>
    `postgres://u:${password}@db.example/inbox`;
  const file = [
    "# db.example:5432:inbox:u:comment",
    "other:*:*:*:other",
    "db.example:5433:*:*:port",
    "db.example:*:inbox:*:a\\:b",
    "*:*:*:*:last",
  ].join("\n");
  assertEquals(storeUrlOf({}), URL_ALONE);
  assertEquals(storeUrlOf({ PGPASSWORD: "a" }), found("a"));
  assertEquals(
    storeUrlOf({ PGPASSWORD_FILE: "/pw", HOME: "/h" }, {
      "/pw": "in-file\n",
      "/h/.pgpass": file,
    }),
    found("in-file"),
  );
  assertEquals(
    storeUrlOf({ PGPASSFILE: "/p" }, { "/p": file }),
    found("a%3Ab"),
  );
  assertEquals(
    storeUrlOf({ HOME: "/h" }, { "/h/.pgpass": file }),
    found("a%3Ab"),
  );
  assertEquals(storeUrlOf({ HOME: "/h" }), URL_ALONE);
  assertEquals(storeUrlOf({ INBOX_STORE: own, PGPASSWORD: "a" }), own);
  assertEquals(
    storeUrlOf({ INBOX_STORE: "sqlite:a.db", PGPASSWORD: "a" }),
    "sqlite:a.db",
  );
});

Deno.test("a password in the place of its file is not shown", () => {
  const error = assertThrows(
    () => storeUrlOf({ PGPASSFILE: "s3cr3t-of-mine" }, {}),
    UsageError,
  );
  assertEquals(error.faults, [
    "Cannot read the file that PGPASSFILE names: it must be one with lines host:port:database:user:password",
  ]);
});
