import { assertEquals } from "@std/assert";
import { compareSettings } from "../../lib/config/compare_settings.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import { configSources } from "../support/config_sources.ts";

function configOf(settings: object) {
  const text = JSON.stringify({ secret: "a-webhook-secret-1", ...settings });
  const files = { "inbox.json": text };
  return loadConfig("serve", configSources({ files }));
}

/** What a change of a file comes to: changed, and in need of a restart. */
function compare(before: object, after: object) {
  const { changed, restart } = compareSettings(
    configOf(before),
    configOf(after),
  );
  return [changed, restart];
}

const url = "http://127.0.0.1:8080/";

Deno.test("compareSettings() tells what changed by name, and what needs a restart", () => {
  assertEquals(compare({}, {}), [[], []]);
  assertEquals(compare({}, { trustProxy: 1, logLevel: "warn" }), [
    ["INBOX_TRUST_PROXY", "INBOX_LOG_LEVEL"],
    [],
  ]);
  assertEquals(compare({}, { port: 1, host: "::1", store: "sqlite:x.db" }), [
    [],
    ["PORT", "HOST", "INBOX_STORE"],
  ]);
  assertEquals(compare({}, { forwardUrl: url }), [
    ["destination default added"],
    [],
  ]);
  // It signs what is forwarded, too.
  const rotated = { forwardUrl: url, secret: "a-webhook-secret-2" };
  assertEquals(compare({ forwardUrl: url }, rotated), [
    ["PERSONA_WEBHOOK_SECRET", "destination default"],
    [],
  ]);
  const one = { name: "one", url };
  const two = { name: "two", url };
  assertEquals(
    compare({ destinations: [one, two] }, {
      destinations: [{ ...two, events: ["case.*"] }, { name: "three", url }],
    }),
    [
      ["destination two", "destination three added", "destination one removed"],
      [],
    ],
  );
});

Deno.test("compareSettings() keeps what needs a restart as it is", () => {
  const before = configOf({ port: 1, destinations: [{ name: "a", url }] });
  const after = configOf({
    port: 2,
    trustProxy: 3,
    destinations: [{ name: "a", exec: ["true"] }, { name: "b", url }, {
      name: "c",
      exec: ["true"],
    }],
  });
  const { config, changed, restart } = compareSettings(
    before,
    after,
    ({ target }) => target.kind === "http",
  );
  assertEquals([config.port, config.trustedProxies], [1, 3]);
  assertEquals(
    config.destinations.map(({ name, target }) => `${name} ${target.kind}`),
    ["a http", "b http"],
  );
  assertEquals(changed, ["INBOX_TRUST_PROXY", "destination b added"]);
  assertEquals(restart, ["PORT", "destination a", "destination c"]);
  // The next look tells it again.
  assertEquals(compareSettings(config, after).restart, ["PORT"]);
});

Deno.test("compareSettings() knows of every setting whether it needs a restart", () => {
  const { secrets, ...config } = configOf({});
  for (const name of Object.keys(SETTINGS)) {
    if (!Object.hasOwn(config, name)) continue;
    const before = { ...config, secrets };
    const { changed, restart } = compareSettings(before, {
      ...before,
      [name]: "another value",
    });
    const { env } = SETTINGS[name as keyof typeof SETTINGS];
    assertEquals([...changed, ...restart], [env]);
  }
});
