import { assertEquals, assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load_config.ts";
import { UsageError } from "../../lib/errors.ts";
import { type Mode, SETTINGS } from "../../lib/config/settings.ts";
import { configSources, type FakeSources } from "../support/config_sources.ts";
import { runProgram } from "../support/program.ts";
import { TempDir } from "../support/temp_dir.ts";

const SECRET = { PERSONA_WEBHOOK_SECRET: "wbhsec_5e77" };

function faultsOf(sources: FakeSources, mode: Mode): readonly string[] {
  return assertThrows(
    () => loadConfig(mode, configSources(sources)),
    UsageError,
  ).faults;
}

function unknown(place: string, nearest?: string): string {
  const meant = nearest
    ? `Did you mean ${nearest}?`
    : "Fix its name, or remove it";
  return `Unknown setting ${place}. ${meant}`;
}

Deno.test("loadConfig() tells every command of settings that there are not", () => {
  const sources: FakeSources = {
    env: { ...SECRET, INBOX_ADMIN_PROT: "1", INBOX_PORT: "80" },
    files: { ".env": "INBOX_QUIET_HOURS=1:hidden\nINBOX_PORT=81" },
  };
  for (const mode of ["serve", "dev", "tool"] as const) {
    assertEquals([...faultsOf(sources, mode)].sort(), [
      unknown("INBOX_ADMIN_PROT", "INBOX_ADMIN_PORT"),
      unknown("INBOX_PORT", "PORT"),
      unknown("INBOX_QUIET_HOURS in .env"),
    ]);
  }
});

Deno.test("loadConfig() leaves variables alone that are not meant for it", () => {
  const foreign: Record<string, string> = {
    INBOX_TEST_ANYTHING: "1",
    INBOX_RETENTION_DAYS: "",
    INBOX_OF_MINE: "wbhsec_mine",
    MY_INBOX_STORE: "x",
    PERSONA_API_KEY: "x",
    // What Kubernetes sets for a service of the name inbox.
    INBOX_SERVICE_HOST: "10.0.0.1",
    INBOX_SERVICE_PORT: "80",
    INBOX_SERVICE_PORT_HTTP: "80",
    INBOX_PORT: "tcp://10.0.0.1:80",
    INBOX_PORT_80_TCP: "tcp://10.0.0.1:80",
    INBOX_PORT_80_TCP_PROTO: "tcp",
    INBOX_PORT_80_TCP_ADDR: "10.0.0.1",
  };
  const files = { "inbox.json": '{"secret":"$INBOX_OF_MINE"}' };
  const sources = configSources({ env: foreign, files });
  assertEquals(loadConfig("serve", sources).secrets, ["wbhsec_mine"]);
});

Deno.test("loadConfig() knows every setting by its name", () => {
  const values: Record<string, string> = { INBOX_CONFIG: "a.json" };
  for (const { env } of Object.values(SETTINGS)) values[env] = "\n";
  const files = { "a.json": "{}" };
  const faults = faultsOf({ env: values, files }, "dev");
  assertEquals(faults.filter((fault) => fault.includes("Unknown setting")), []);
  assertEquals(faults.length, Object.keys(SETTINGS).length);
});

Deno.test("loadConfig() asks a command only for what it works with", () => {
  const settings = {
    secret: ["a", "$UNSET"],
    host: "$UNSET",
    forwardUrl: "$UNSET",
    forwardSecret: "$UNSET",
    adminToken: "$UNSET",
    log: "$UNSET",
    destinations: [
      { name: "a", url: "$UNSET", secret: "$UNSET", events: ["case.*"] },
      { name: "b", exec: ["x", "$UNSET"], concurrency: "$UNSET" },
      { name: "c", module: "$UNSET", filter: { a: 1 } },
    ],
  };
  const files = { "inbox.json": JSON.stringify(settings) };
  const config = loadConfig("tool", configSources({ files }));
  assertEquals(config.secrets, []);
  assertEquals(config.adminTokens, []);
  assertEquals(
    config.destinations.map(({ name, events, filter }) => [
      name,
      events,
      filter,
    ]),
    [
      ["default", ["*"], null],
      ["a", ["case.*"], null],
      ["b", ["*"], null],
      ["c", ["*"], { a: 1 }],
    ],
  );
  for (const mode of ["serve", "dev"] as const) {
    const faults = faultsOf({ files }, mode);
    assertEquals(faults.length, 11, faults.join("\n"));
    for (const fault of faults) {
      assertEquals(/UNSET is not set/.test(fault), true);
    }
  }
});

Deno.test("loadConfig() asks a command for what it would do otherwise without", () => {
  const settings = {
    store: "$UNSET",
    port: "$UNSET",
    toleranceSeconds: "$UNSET",
    destinations: [
      { name: "$UNSET", exec: ["x"] },
      { name: "b", exec: ["x"], events: ["$UNSET"] },
      { name: "c", exec: ["x"], filter: { a: "$UNSET" } },
    ],
  };
  const files = { "inbox.json": JSON.stringify(settings) };
  assertEquals(
    faultsOf({ files }, "tool"),
    [
      "port",
      "store",
      "toleranceSeconds",
      "destinations[0].name",
      "destinations[1].events",
      "destinations[2].filter",
    ].map((place) => `Cannot use "${place}" in inbox.json: UNSET is not set`),
  );
});

Deno.test("loadConfig() never repeats the password of a URL", () => {
  const urls = [
    "postgres://u:hidden@db",
    "postgres://u:hidden@db/x?hidden=1",
    "postgres:u:hidden@db/x",
    "host=db password=hidden",
    "http://a.example/?token=hidden",
  ];
  const names = ["INBOX_STORE", "INBOX_FORWARD_URL", "PORT", "HOST"];
  const destinations = ["name", "url", "module", "order", "concurrency"];
  for (const url of urls) {
    const table: FakeSources[] = [
      ...names.map((name) => ({ env: { [name]: url } })),
      { flags: { store: url } },
      { files: { "inbox.json": JSON.stringify({ store: url, host: url }) } },
      ...destinations.map((key) => ({
        files: {
          "inbox.json": JSON.stringify({
            destinations: [{
              name: "a",
              exec: ["x"],
              events: [url],
              [key]: url,
            }],
          }),
        },
      })),
    ];
    for (const sources of table) {
      const text = JSON.stringify(sources);
      if (/FORWARD_URL.*http/.test(text)) continue; // That one is well.
      const faults = faultsOf(sources, "dev").join("\n");
      assertEquals(faults.includes("hidden"), false, `${text}\n${faults}`);
    }
  }
});

Deno.test("serve ends with 2 on a setting that this version does not have", async () => {
  await using dir = await TempDir.make();
  const env = { ...SECRET, INBOX_QUIET_HOURS: "1:hidden" };
  const options = { cwd: dir.path, env };
  const { code, stderr } = await runProgram(["serve", "--port=0"], options);
  assertEquals(code, 2);
  assertEquals(stderr.split("\n")[0], unknown("INBOX_QUIET_HOURS"));
});

Deno.test("the URL of a store, which may hold a password, may stand in a file", () => {
  const url = "postgres://inbox:Canary-1990@db/inbox";
  for (const mode of ["serve", "tool"] as const) {
    const { storeUrl, keyStoreUrl } = loadConfig(
      mode,
      configSources({
        env: {
          ...SECRET,
          INBOX_STORE_FILE: "store",
          INBOX_KEY_STORE_FILE: "keys",
        },
        files: { store: `${url}\n`, keys: `${url}?schema=inbox_keys` },
      }),
    );
    assertEquals([storeUrl, keyStoreUrl], [url, `${url}?schema=inbox_keys`]);
  }
});
