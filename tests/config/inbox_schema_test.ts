import { assert, assertEquals } from "@std/assert";
import { DESTINATION_KEYS } from "../../lib/config/destinations_config.ts";
import { inboxSchema } from "../../lib/config/inbox_schema.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import { INBOX_KEYS } from "../../lib/config/settings_files.ts";
import { UsageError } from "../../lib/errors.ts";
import type { JsonObject, JsonValue } from "../../lib/json/json.ts";
import { configSources } from "../support/config_sources.ts";
import { isValid } from "../support/json_schema.ts";

const schema = inboxSchema({ isStandalone: false });
const env = { PORT_HERE: "3000", A_SECRET: "an-app-secret", LEVEL: "debug" };

/** What the program itself says of a file. */
function faultsOf(settings: JsonValue): readonly string[] {
  const text = JSON.stringify(settings);
  try {
    loadConfig("dev", configSources({ env, files: { "inbox.json": text } }));
    return [];
  } catch (error) {
    if (error instanceof UsageError) return error.faults;
    throw error;
  }
}

/** A file with one destination. */
function to(members: JsonObject): JsonObject {
  return { destinations: [{ name: "app", ...members }] };
}

const url = "http://127.0.0.1:8080/persona";

Deno.test("the schema of inbox.json has every member, and no other", () => {
  const { properties } = schema as { properties: JsonObject };
  assertEquals(Object.keys(properties).sort(), [...INBOX_KEYS].sort());
  const { items } = properties.destinations as { items: JsonObject };
  const members = Object.keys(items.properties as JsonObject);
  assertEquals(members.sort(), [...DESTINATION_KEYS].sort());
});

Deno.test("the schema of inbox.json accepts what the program accepts", () => {
  const table: readonly JsonValue[] = [
    {},
    { $schema: "./inbox.schema.json" },
    { secret: "$A_SECRET", port: 0, host: "::1", store: "sqlite:data/x.db" },
    { secret: ["$A_SECRET", "another-secret-for-this"], port: "$PORT_HERE" },
    { store: "sqlite::memory:", toleranceSeconds: "60", bodyBytesMax: 2048 },
    { allowIps: ["persona", "10.0.0.0/8"], trustProxy: 1 },
    { allowIps: "10.0.0.0/8, ::1", log: "pretty", logLevel: "$LEVEL" },
    { forwardUrl: "localhost:8080/persona", forwardSecret: "an-app-secret" },
    { adminPort: "off", adminHost: "localhost", adminToken: "a-token-of-mine" },
    { adminPort: 3001, host: "inbox.example.com" },
    { retentionDays: "off", retentionDeadDays: 30 },
    {
      onRedacted: "keep",
      retention: [
        { match: "account.*", min: "5y", max: "5y30d", basis: "AMLD Art. 40" },
        { match: "*", max: "18mo" },
      ],
    },
    { destinations: [] },
    to({ url }),
    to({
      url,
      events: ["inquiry.*", "report/*.matched"],
      filter: {
        data: { attributes: { tags: ["INBOUND"], status: { $or: ["a", 1] } } },
        included: [{ type: "x" }, null],
      },
      secret: "$A_SECRET",
      headers: { authorization: "Bearer $A_SECRET" },
      order: "none",
      concurrency: 1,
      timeoutMs: 100,
      attemptsMax: "$PORT_HERE",
    }),
    to({ exec: ["./notify.sh", "--channel", "kyc"] }),
    to({ module: "./handlers.ts" }),
  ];
  for (const settings of table) {
    const text = JSON.stringify(settings);
    if (!text.includes("attemptsMax")) {
      assertEquals(faultsOf(settings), [], text);
    }
    assert(isValid(schema, settings), text);
  }
});

Deno.test("the schema of inbox.json refuses every kind of fault that the program tells", () => {
  const table: readonly JsonValue[] = [
    [],
    { prot: 80 },
    { port: 65_536 },
    { port: -1 },
    { port: 1.5 },
    { port: "http" },
    { port: null },
    { host: "[::1]:80" },
    { store: "sqlite://data.db" },
    { store: "data.db" },
    { toleranceSeconds: 0 },
    { bodyBytesMax: 1 },
    { trustProxy: 17 },
    { secret: 12 },
    { secret: [] },
    { log: "xml" },
    { logLevel: "verbose" },
    { forwardUrl: "ftp://example.com" },
    { forwardSecret: "two, secrets" },
    { adminPort: "none" },
    { adminToken: "with space" },
    { retentionDays: 0 },
    { retention: {} },
    { retention: ["*"] },
    { retention: [{ match: "*" }] },
    { retention: [{ max: "1d" }] },
    { retention: [{ match: "a b", max: "1d" }] },
    { retention: [{ match: "*", max: "30d5y" }] },
    { retention: [{ match: "*", max: 30 }] },
    { retention: [{ match: "*", max: "1d", basis: "" }] },
    { retention: [{ match: "*", max: "1d", why: "x" }] },
    { destinations: {} },
    { destinations: [1] },
    { destinations: [{ url }] },
    to({}),
    to({ url, exec: ["true"] }),
    to({ url, name: "a b" }),
    to({ url, name: "handlers" }),
    to({ url: "example.com" }),
    to({ url, event: ["*"] }),
    to({ url, events: [] }),
    to({ url, events: "inquiry.*" }),
    to({ url, events: ["inquiry.{a,b}"] }),
    to({ url, filter: [] }),
    to({ url, filter: { data: { $not: 1 } } }),
    to({ url, filter: { data: { $or: [] } } }),
    to({ url, filter: { data: { $or: [1], type: "x" } } }),
    to({ url, order: "any" }),
    to({ url, concurrency: 0 }),
    to({ url, timeoutMs: "1000" }),
    to({ url, attemptsMax: 1_001 }),
    to({ url, headers: { "a b": "x" } }),
    to({ url, headers: { a: 1 } }),
    to({ exec: [] }),
    to({ exec: "true" }),
    to({ exec: ["true"], secret: "an-app-secret" }),
    to({ module: "./handlers.py" }),
    to({ module: "./a.ts", headers: {} }),
  ];
  for (const settings of table) {
    const text = JSON.stringify(settings);
    assert(faultsOf(settings).length > 0, `the program takes ${text}`);
    assert(!isValid(schema, settings), text);
  }
});

Deno.test("the schema of an executable takes no TypeScript", () => {
  const standalone = inboxSchema({ isStandalone: true });
  assert(!isValid(standalone, to({ module: "./handlers.ts" })));
  assert(isValid(standalone, to({ module: "./handlers.mjs" })));
});
