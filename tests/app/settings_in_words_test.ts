import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  changesInWords,
  erasingInWords,
} from "../../lib/app/settings_in_words.ts";
import { compareSettings } from "../../lib/config/compare_settings.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import { configSources } from "../support/config_sources.ts";

function configOf(settings: object) {
  const text = JSON.stringify({ secret: "a-webhook-secret-1", ...settings });
  const files = { "inbox.json": text };
  return loadConfig("serve", configSources({ files }));
}

async function changes(before: object, after: object): Promise<string> {
  const [one, other] = [configOf(before), configOf(after)];
  const { changed } = compareSettings(one, other);
  return await changesInWords(one, other, changed);
}

Deno.test("erasingInWords() tells what decides on erasing, and who may ask for it", async () => {
  assertEquals(
    await erasingInWords(configOf({})),
    "INBOX_ON_REDACTED erase; INBOX_RETENTION_DAYS 90; INBOX_RETENTION_DEAD_DAYS off; retention none; INBOX_ADMIN_TOKEN none",
  );
  const rule = {
    match: "account.*",
    min: "5y",
    max: "5y30d",
    basis: "AML Act; section 8",
  };
  const text = await erasingInWords(configOf({
    onRedacted: "keep",
    retentionDays: 10,
    retentionDeadDays: 20,
    retention: [rule, { match: "*.created", max: "30d" }],
    adminToken: "ann:operate:token-of-ann-1",
  }));
  assertMatch(
    text,
    /^INBOX_ON_REDACTED keep; INBOX_RETENTION_DAYS 10; INBOX_RETENTION_DEAD_DAYS 20; retention \[.*\]; INBOX_ADMIN_TOKEN ann:operate:[0-9a-f]{8}$/,
  );
  assertEquals(
    JSON.parse(text.slice(text.indexOf("["), text.indexOf("]") + 1)),
    [
      rule,
      { match: "*.created", max: "30d" },
    ],
  );
});

Deno.test("changesInWords() tells what settings were and are, and secrets by fingerprint", async () => {
  assertEquals(
    await changes(
      { retentionDays: 30, allowIps: ["192.0.2.1"] },
      { retentionDays: "off", trustProxy: 1 },
    ),
    'INBOX_RETENTION_DAYS 30 → off; INBOX_ALLOW_IPS ["192.0.2.1"] → off; INBOX_TRUST_PROXY 0 → 1',
  );
  assertEquals(
    await changes({ retention: [{ match: "case.*", max: "1y" }] }, {}),
    'retention [{"match":"case.*","max":"1y"}] → none',
  );
  assertMatch(
    await changes(
      {},
      { secret: ["a-webhook-secret-1", "a-webhook-secret-2"] },
    ),
    /^PERSONA_WEBHOOK_SECRET ([0-9a-f]{8}) → \1, [0-9a-f]{8}$/,
  );
  assertMatch(
    await changes({}, { adminToken: "ann:read:token-of-ann-1" }),
    /^INBOX_ADMIN_TOKEN none → ann:read:[0-9a-f]{8}$/,
  );
});

Deno.test("changesInWords() tells what changed of a destination, without what may be secret", async () => {
  const destination = {
    name: "crm",
    url: "https://crm.example/hook?key=hidden-1",
    headers: { authorization: "Bearer hidden-2" },
    filter: { data: { attributes: { payload: { data: { id: "hidden-3" } } } } },
    concurrency: 4,
  };
  const none = { destinations: [] };
  const one = { destinations: [destination] };
  const added = await changes(none, one).catch(String);
  const slower = { destinations: [{ ...destination, concurrency: 2 }] };
  const moved = {
    destinations: [{ ...destination, url: "https://b.example/" }],
  };
  const removed = await changes(one, none);
  const told = [added, removed, await changes(one, moved)];
  assertMatch(
    added,
    /^destination crm added: to none → https:\/\/crm\.example [0-9a-f]{8}, .*concurrency none → 4/,
  );
  assertMatch(removed, /^destination crm removed: to https:.* → none, /);
  assertEquals(
    await changes(one, slower),
    "destination crm: concurrency 4 → 2",
  );
  assertMatch(
    told[2]!,
    /^destination crm: to https:\/\/crm\.example [0-9a-f]{8} → https:\/\/b\.example [0-9a-f]{8}$/,
  );
  assert(!/hidden/.test(told.join()), told.join());
});

Deno.test("changesInWords() shows no value of any secret", async () => {
  const before = configOf({});
  for (const [name, setting] of Object.entries(SETTINGS)) {
    const { env, isSecret = false, hasPassword = false } = setting as
      & typeof setting
      & { isSecret?: boolean; hasPassword?: boolean };
    if (name === "adminTokens") continue;
    const after = { ...before, [name]: "a-value" };
    const text = await changesInWords(before, after, [env]);
    assertEquals(text.includes("a-value"), !isSecret && !hasPassword, text);
  }
});
