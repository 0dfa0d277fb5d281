// Settings: whatever stands where they are read, each fault is told with its place, and
// none shows a secret.

import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.11.0";
import { loadConfig } from "../../lib/config/load_config.ts";
import { SETTING_NAMES } from "../../lib/config/setting_names.ts";
import {
  type Config,
  type Setting,
  SETTINGS,
} from "../../lib/config/settings.ts";
import { createEncryptionKey } from "../../lib/encryption_key.ts";
import { escapeInLine } from "../../lib/escape.ts";
import { UsageError } from "../../lib/errors.ts";
import type { JsonValue } from "../../lib/json/json.ts";
import { configSources, type FakeSources } from "../support/config_sources.ts";
import { corpusOf } from "./corpus.ts";
import { type FuzzTarget, pureTarget } from "./fuzz_target.ts";
import { mutatedText } from "./mutated.ts";

/** A part of every secret. */
const CANARY = "c4nary";
const SECRET = `wbhsec_${CANARY}_1a2b3c`;
const KEY = createEncryptionKey("k1");

type Name = keyof typeof SETTINGS;

const port = (min: number) => fc.integer({ min, max: min + 999 }).map(String);
const host = fc.constantFrom("127.0.0.1", "localhost", "::1", "127.1.2.3");
const url = fc.webUrl({ validSchemes: ["http", "https"], size: "small" })
  .filter((url) => !/[$'"`\\#]/.test(url));

/** Valid texts of each setting. */
const VALID: { readonly [Key in Name]: fc.Arbitrary<string> } = {
  secrets: fc.constantFrom(SECRET, `${SECRET},wbhsec_other-one`),
  port: port(3_000),
  hostname: fc.constantFrom("0.0.0.0", "::", "example.com", "127.0.0.1"),
  storeUrl: fc.constantFrom(
    ...["sqlite:data/inbox.db", "sqlite::memory:", "sqlite:/a b/c.db"],
    "postgres://u:pw@db.example/inbox",
  ),
  encryptionKeys: fc.constantFrom(KEY, `${KEY},${createEncryptionKey("k2")}`),
  keyStoreUrl: fc.constantFrom("sqlite:keys.db", "postgres://u:p@h/keys"),
  toleranceSeconds: fc.integer({ min: 1, max: 86_400 }).map(String),
  bodyBytesMax: fc.integer({ min: 1_024, max: 64 << 20 }).map(String),
  onRedacted: fc.constantFrom("erase", "keep"),
  retentionDays: fc.constantFrom("1", "30", "36500", "off"),
  retentionDeadDays: fc.constantFrom("1", "365", "off"),
  allowedAddresses: fc.constantFrom("persona", "10.0.0.0/8,::1", "192.0.2.7"),
  trustedProxies: fc.integer({ min: 0, max: 16 }).map(String),
  logFormat: fc.constantFrom("json", "pretty"),
  logLevel: fc.constantFrom("debug", "info", "warn", "error"),
  forwardUrl: url,
  forwardSecret: fc.constantFrom(SECRET, `other-${CANARY}-secret`),
  adminPort: fc.oneof(port(5_000), fc.constant("off")),
  adminHostname: host,
  adminTokens: fc.constantFrom(
    `${CANARY}-token`,
    `alice:operate:${CANARY}-a, grafana:read:${CANARY}-b`,
  ),
};

const PLACES = ["flag", "env", "dotenv", "file"] as const;

interface SetValue {
  readonly name: Name;
  readonly text: string;
  /** Two places; the same value stands in one of them at a time. */
  readonly places: readonly (typeof PLACES[number])[];
}

const setValues: fc.Arbitrary<readonly SetValue[]> = fc.uniqueArray(
  fc.constantFrom(...Object.keys(SETTINGS) as Name[]).chain((name) =>
    fc.record({
      name: fc.constant(name),
      text: VALID[name],
      places: fc.tuple(fc.constantFrom(...PLACES), fc.constantFrom(...PLACES)),
    })
  ),
  { selector: ({ name }) => name, maxLength: 6 },
);

/** Puts values where they are to stand; the webhook's secret is always set. */
function sourcesOf(values: readonly SetValue[], which: 0 | 1): FakeSources {
  const flags: Record<string, string> = {};
  const env: Record<string, string> = {};
  const dotenv: string[] = [];
  const file: Record<string, JsonValue> = {};
  if (!values.some(({ name }) => name === "secrets")) {
    env.PERSONA_WEBHOOK_SECRET = SECRET;
  }
  for (const { name, text, places } of values) {
    const setting: Setting<unknown> = SETTINGS[name];
    const place = places[which];
    const isNumber = setting.isNumeric && /^\d+$/.test(text);
    if (place === "flag" && setting.flag) flags[setting.flag] = text;
    else if (place === "dotenv") dotenv.push(`${setting.env}='${text}'`);
    else if (place === "file") file[setting.key] = isNumber ? +text : text;
    else env[setting.env] = text;
  }
  const files = {
    ".env": dotenv.join("\n"),
    "inbox.json": JSON.stringify(file),
  };
  return { flags, env, files };
}

/** What was set, without what tells where it stood. */
function valuesIn(config: Config): Partial<Config> {
  const { childEnvironment: _, warnings: __, ...values } = config;
  return values;
}

const inboxJson = mutatedText(corpusOf("inbox"), [
  ...'{}[],:"\\\n'.split(""),
  ...["//", "/*", "*/", "\ufeff", "null", "-1", "1e999", '"$NAME"', "\u202e"],
  ...['"name":"app",', '"events":["*"],', '"url":7,', '"__proto__":{},'],
  ...Object.values(SETTINGS).map(({ key }) => `"${key}":`),
]);
const dotenvText = mutatedText(corpusOf("dotenv"), [
  ...["\n", "=", "'", '"', "`", "$", "${", "}", "\\", "#", " ", "export "],
  ...["${A:-${B}}", "$PORT", "PORT=", "INBOX_", "\r", "\0", "\ufeff"],
]);
const anyText = fc.oneof(
  mutatedText([SECRET, "sqlite:a", "http://a.example/", "3000", "$A", "a,b"]),
  fc.string({ maxLength: 20, unit: "binary" }),
);
const environment = fc.dictionary(
  fc.constantFrom(...SETTING_NAMES, "INBOX_PROT", "A", "HTTPS_PROXY"),
  anyText,
  { maxKeys: 4 },
);

const PLACE_NAMES = [
  ...SETTING_NAMES,
  ...["INBOX_PROT", ".env", "inbox.json", "--", "Cannot read "],
];

function isPlaced(fault: string): boolean {
  return PLACE_NAMES.some((name) => fault.includes(name));
}

function load(sources: FakeSources): readonly string[] {
  try {
    const config = loadConfig("serve", configSources(sources));
    return config.warnings.map(({ summary, hint }) => `${summary}. ${hint}`);
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    assert(error.faults.length > 0);
    for (const fault of error.faults) assert(isPlaced(fault), fault);
    return error.faults;
  }
}

/** Each is one line, and nothing of it moves a cursor or hides the rest. */
function checkTexts(texts: readonly string[]): void {
  for (const text of texts) {
    assertEquals(text, escapeInLine(text));
    assert(text.length < 2_000, text);
  }
}

export const CONFIG_TARGETS: readonly FuzzTarget[] = [
  pureTarget("config: a setting means the same wherever it stands", {
    runs: 200,
    inputs: setValues,
    check(values) {
      const [one, other] = ([0, 1] as const).map((which) =>
        valuesIn(loadConfig("serve", configSources(sourcesOf(values, which))))
      );
      assertEquals(one, other);
      for (const { name, text } of values) {
        if (name === "forwardUrl" || name === "forwardSecret") continue;
        const { [name]: value } = one as Config;
        assertEquals(value, SETTINGS[name].parse(text) as unknown);
      }
    },
  }),
  pureTarget("config: every fault in inbox.json names its place", {
    runs: 400,
    inputs: inboxJson,
    check(text) {
      const env = { PERSONA_WEBHOOK_SECRET: SECRET };
      checkTexts(load({ env, files: { "inbox.json": text } }));
    },
  }),
  pureTarget("config: every fault in .env names its place", {
    runs: 400,
    inputs: dotenvText,
    check(text) {
      checkTexts(load({ files: { ".env": text } }));
    },
  }),
  pureTarget("config: every fault of a variable names it, whatever it holds", {
    runs: 400,
    inputs: environment,
    check(env) {
      checkTexts(load({ env }));
    },
  }),
  pureTarget("config: every fault of a flag names it, whatever it holds", {
    runs: 200,
    inputs: fc.dictionary(
      fc.constantFrom(
        ...Object.values<Setting<unknown>>(SETTINGS)
          .flatMap(({ flag }) => flag ?? []),
        "config",
      ),
      anyText,
      { maxKeys: 3 },
    ),
    check(flags) {
      checkTexts(load({ flags }));
    },
  }),
  pureTarget("config: no fault shows a secret", {
    runs: 400,
    inputs: fc.tuple(
      fc.constantFrom(
        ...Object.values<Setting<unknown>>(SETTINGS)
          .filter(({ isSecret }) => isSecret),
      ),
      mutatedText([`${CANARY} ${CANARY},${CANARY}:${CANARY}`, CANARY]),
      fc.constantFrom(...PLACES.slice(1)),
    ),
    check([{ env, key }, text, place]) {
      const secret = { PERSONA_WEBHOOK_SECRET: SECRET };
      const sources: FakeSources = place === "env"
        ? { env: { ...secret, [env]: text } }
        : place === "dotenv"
        ? { files: { ".env": `${env}="${text}"` } }
        : {
          env: secret,
          files: { "inbox.json": JSON.stringify({ [key]: text }) },
        };
      for (const one of load(sources)) assert(!one.includes(CANARY), one);
    },
  }),
  pureTarget("config: no fault of a destination shows what may be a secret", {
    runs: 400,
    inputs: fc.tuple(
      fc.constantFrom("url", "exec", "secret", "headers"),
      mutatedText([`http://${CANARY}@h/${CANARY}`, `${CANARY}\n`, CANARY]),
      fc.constantFrom<((text: string) => JsonValue)[]>(
        (text) => text,
        (text) => [text],
        (text) => [text, 7],
        (text) => ({ authorization: text }),
        (text) => ({ authorization: [text] }),
      ),
    ),
    check([member, text, wrap]) {
      const destination = { name: "app", [member]: wrap(text) };
      const files = {
        "inbox.json": JSON.stringify({ destinations: [destination] }),
      };
      const env = { PERSONA_WEBHOOK_SECRET: SECRET };
      for (const one of load({ env, files })) {
        assert(!one.includes(CANARY), one);
      }
    },
  }),
];
