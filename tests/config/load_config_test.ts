import type { AdminToken } from "../../lib/config/admin_tokens.ts";
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import type { EncryptionKey } from "../../lib/encryption_key.ts";
import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import {
  type ConfigSources,
  loadConfig,
} from "../../lib/config/load_config.ts";
import { UsageError } from "../../lib/errors.ts";
import { escapeInLine } from "../../lib/escape.ts";
import { PERSONA_ADDRESSES } from "../../lib/persona/addresses.ts";
import {
  type Config,
  type Mode,
  type Setting,
  SETTINGS,
} from "../../lib/config/settings.ts";
import { configSources, type FakeSources } from "../support/config_sources.ts";

function faultsOf(sources: ConfigSources, mode: Mode = "dev"): string[] {
  const error = assertThrows(() => loadConfig(mode, sources), UsageError);
  return [...error.faults];
}

const KEY_TEXTS = [1, 2].map((first) =>
  encodeBase64(Uint8Array.from({ length: 32 }, (_, i) => first + i))
);

function keyOf(id: string, index: number): EncryptionKey {
  return { id, bytes: decodeBase64(KEY_TEXTS[index]!) };
}

/** Four ways to write each setting, and what each means. */
const VALUES: {
  [Name in keyof typeof SETTINGS]: [
    text: string,
    value: ReturnType<typeof SETTINGS[Name]["fallback"]>,
  ][];
} = {
  secrets: [
    ["wbhsec_a0", ["wbhsec_a0"]],
    ["wbhsec_b0,wbhsec_c0", ["wbhsec_b0", "wbhsec_c0"]],
    [" wbhsec_d0\twbhsec_e0 ", ["wbhsec_d0", "wbhsec_e0"]],
    ["wbhsec_f0, wbhsec_f0", ["wbhsec_f0"]],
  ],
  port: [["0", 0], ["1", 1], ["65535", 65535], [" 8080 ", 8080]],
  hostname: [
    ["::1", "::1"],
    ["localhost", "localhost"],
    ["0.0.0.0", "0.0.0.0"],
    ["a-b.example", "a-b.example"],
  ],
  onRedacted: [
    ["erase", "erase"],
    ["keep", "keep"],
    [" keep ", "keep"],
    ["erase\n", "erase"],
  ],
  storeUrl: [
    ["sqlite:a.db", "sqlite:a.db"],
    ["sqlite::memory:", "sqlite::memory:"],
    ["sqlite:/b/c d.db", "sqlite:/b/c d.db"],
    ["sqlite:e:f", "sqlite:e:f"],
    ["postgres://u@db/x", "postgres://u@db/x"],
  ],
  encryptionKeys: [
    [`a:${KEY_TEXTS[0]}`, [keyOf("a", 0)]],
    [`a.b-c_1:${KEY_TEXTS[1]}`, [keyOf("a.b-c_1", 1)]],
    [
      ` a:${KEY_TEXTS[0]}, b:${KEY_TEXTS[1]} `,
      [keyOf("a", 0), keyOf("b", 1)],
    ],
    [
      `b:${KEY_TEXTS[1]}\na:${KEY_TEXTS[0]}`,
      [keyOf("b", 1), keyOf("a", 0)],
    ],
  ],
  keyStoreUrl: [
    ["sqlite:a.keys.db", "sqlite:a.keys.db"],
    ["sqlite:/b/c d.db", "sqlite:/b/c d.db"],
    ["sqlite:e:f", "sqlite:e:f"],
    ["sqlite:../g.db", "sqlite:../g.db"],
  ],
  toleranceSeconds: [["1", 1], ["600", 600], ["86400", 86400], ["007", 7]],
  bodyBytesMax: [
    ["1024", 1024],
    ["2048", 2048],
    ["4096", 4096],
    ["67108864", 67108864],
  ],
  retentionDays: [["1", 1], ["off", null], ["36500", 36500], [" 30 ", 30]],
  retentionDeadDays: [["365", 365], ["off", null], ["1", 1], ["030", 30]],
  allowedAddresses: [
    ["192.0.2.1", ["192.0.2.1"]],
    ["198.51.100.0/24, 2001:db8::/32", ["198.51.100.0/24", "2001:db8::/32"]],
    ["persona", PERSONA_ADDRESSES],
    ["persona 192.0.2.9", [...PERSONA_ADDRESSES, "192.0.2.9"]],
  ],
  trustedProxies: [["0", 0], ["1", 1], ["2", 2], ["16", 16]],
  logFormat: [["json", "json"], ["pretty", "pretty"], ["json", "json"], [
    " pretty ",
    "pretty",
  ]],
  logLevel: [["debug", "debug"], ["warn", "warn"], ["error", "error"], [
    "info",
    "info",
  ]],
  forwardUrl: [
    ["http://a.example", "http://a.example/"],
    ["https://b.example/x?y=z", "https://b.example/x?y=z"],
    [" HTTP://C.example:80/ ", "http://c.example/"],
    ["http://[::1]:8080/persona", "http://[::1]:8080/persona"],
  ],
  forwardSecret: [
    ["forward-a", "forward-a"],
    [" forward-b ", "forward-b"],
    ["$c-of-hash", "$c-of-hash"],
    ["forward:e=", "forward:e="],
  ],
  adminPort: [["0", 0], ["off", null], ["65535", 65535], [" 3002 ", 3002]],
  adminHostname: [
    ["::1", "::1"],
    ["localhost", "localhost"],
    ["127.0.0.2", "127.0.0.2"],
    ["LOCALHOST", "LOCALHOST"],
  ],
  adminTokens: [
    ["!234567890abcde~", [admin("!234567890abcde~")]],
    [` ${"cd".repeat(8)} `, [admin("cd".repeat(8))]],
    ["one:colon-in-it", [admin("one:colon-in-it")]],
    ["grafana:read:a-token-of-its-own", [
      { name: "grafana", role: "read", token: "a-token-of-its-own" },
    ]],
    ["alice:reveal:first-token,bob:operate:second:token", [
      { name: "alice", role: "reveal", token: "first-token" },
      { name: "bob", role: "operate", token: "second:token" },
    ]],
  ],
};

/** A token without a name. */
function admin(token: string): AdminToken {
  return { name: "admin", role: "reveal", token };
}

/** What the settings about forwarding come to. */
function valueOf(name: keyof typeof SETTINGS, config: Config): unknown {
  if (name !== "forwardUrl" && name !== "forwardSecret") return config[name];
  const [target] = config.destinations.map(({ target }) => target);
  if (target?.kind !== "http") return null;
  return name === "forwardUrl" ? target.url : target.secret;
}

const DEFAULTS: Record<Mode, Partial<Config>> = {
  serve: { hostname: "0.0.0.0", logFormat: "json" },
  dev: { hostname: "127.0.0.1", logFormat: "pretty" },
  tool: { hostname: "127.0.0.1", logFormat: "json" },
};

for (const name of Object.keys(SETTINGS) as (keyof typeof SETTINGS)[]) {
  Deno.test(`loadConfig() finds ${name} by flag, environment, .env, inbox.json`, () => {
    const { env, flag, key }: Setting<unknown> = SETTINGS[name];
    const [byFlag, byEnv, byDotenv, byFile] = VALUES[name];
    assert(byFlag && byEnv && byDotenv && byFile);
    const files = { "inbox.json": JSON.stringify({ [key]: byFile[0] }) };
    const withDotenv = { ...files, ".env": `${env}="${byDotenv[0]}"\n` };
    const sources: FakeSources = {
      env: { [env]: byEnv[0] },
      files: withDotenv,
    };
    const load = ({ env, ...sources }: FakeSources) => {
      const forward = name === "forwardSecret"
        ? { INBOX_FORWARD_URL: "http://127.0.0.1" }
        : {};
      const all = configSources({ ...sources, env: { ...env, ...forward } });
      return valueOf(name, loadConfig("dev", all));
    };
    if (flag) {
      const flags = { [flag]: byFlag[0] };
      assertEquals(load({ ...sources, flags }), byFlag[1]);
    }
    assertEquals(load(sources), byEnv[1]);
    assertEquals(load({ files: withDotenv }), byDotenv[1]);
    assertEquals(load({ env: { [env]: "" }, files: withDotenv }), byDotenv[1]);
    assertEquals(load({ files }), byFile[1]);
    assertEquals(load({ files: { ...files, ".env": `${env}=\n` } }), byFile[1]);
    assertEquals(load({}), SETTINGS[name].fallback("dev"));
  });
}

Deno.test("loadConfig() has defaults for each mode", () => {
  const env = { PERSONA_WEBHOOK_SECRET: "wbhsec_5e77" };
  for (const mode of ["serve", "dev", "tool"] as const) {
    assertEquals(loadConfig(mode, configSources({ env })), {
      forwardSecret: "wbhsec_5e77",
      childEnvironment: { clearEnv: true, env: {} },
      proxyVariables: [],
      secrets: ["wbhsec_5e77"],
      port: 3000,
      hostname: "",
      storeUrl: "sqlite:data/inbox.db",
      encryptionKeys: [],
      keyStoreUrl: null,
      toleranceSeconds: 300,
      bodyBytesMax: 1048576,
      onRedacted: "erase",
      retentionDays: 90,
      retentionDeadDays: null,
      retention: [],
      allowedAddresses: null,
      trustedProxies: 0,
      logFormat: "json",
      logLevel: "info",
      adminPort: 3001,
      isAdminPortChosen: false,
      adminHostname: "127.0.0.1",
      adminTokens: [],
      destinations: [],
      warnings: [],
      ...DEFAULTS[mode],
    });
  }
});

Deno.test("loadConfig() needs a secret to serve, and only then", () => {
  const missing = [
    "Cannot serve: PERSONA_WEBHOOK_SECRET must be set: copy the secret from the webhook's page in Persona's dashboard into the environment or .env",
  ];
  assertEquals(faultsOf(configSources(), "serve"), missing);
  const empty = configSources({ env: { PERSONA_WEBHOOK_SECRET: "" } });
  assertEquals(faultsOf(empty, "serve"), missing);
  assertEquals(loadConfig("dev", configSources()).secrets, []);
  assertEquals(loadConfig("tool", configSources()).secrets, []);
  const blank = configSources({ env: { PERSONA_WEBHOOK_SECRET: " , " } });
  for (const mode of ["serve", "dev", "tool"] as const) {
    assertEquals(faultsOf(blank, mode), [
      "Cannot use PERSONA_WEBHOOK_SECRET as it must be one or more secrets",
    ]);
  }
});

Deno.test("loadConfig() refuses what is not of its kind", () => {
  const table: [env: string, texts: string[]][] = [
    ["PORT", ["-1", "65536", "3000.0", "1e3", "0x1", "a", "३"]],
    ["HOST", [
      "a b",
      "a/b",
      "[::1]",
      "0.0.0.0:3000",
      "localhost:",
      "\u001b[2J",
    ]],
    ["INBOX_STORE", ["sqlite:", "SQLITE:a", "postgresq:a"]],
    ["INBOX_TOLERANCE_SECONDS", ["0", "86401", "-300", "Infinity", "5m"]],
    ["INBOX_BODY_BYTES_MAX", ["1023", "67108865", "1MB", "1e6"]],
    ["INBOX_ALLOW_IPS", ["1.2.3", "1.2.3.4/33", "::/129", "a", "Persona", ","]],
    ["INBOX_TRUST_PROXY", ["-1", "17", "true"]],
    ["INBOX_RETENTION_DAYS", ["0", "36501", "90d", "never", "OFF"]],
    ["INBOX_LOG", ["JSON", "text", "toString"]],
    ["INBOX_LOG_LEVEL", ["trace", "INFO", "0"]],
    ["INBOX_ADMIN_PORT", ["-1", "65536", "OFF", "no", "3001.0"]],
    ["INBOX_ADMIN_HOST", ["a b", "[::1]"]],
  ];
  for (const [env, texts] of table) {
    for (const text of texts) {
      const faults = faultsOf(configSources({ env: { [env]: text } }));
      assertEquals(faults.length, 1, `${env}=${text}`);
      assert(faults[0]!.startsWith(`Cannot use ${env} as it must be `));
      const shown = escapeInLine(text);
      assert(faults[0]!.endsWith(`: current value is ${shown}`), faults[0]);
    }
  }
});

Deno.test("loadConfig() tells every fault at once, each with its place", () => {
  const sources = configSources({
    flags: { port: "x", tolerance: "" },
    env: { INBOX_LOG: "xml", INBOX_CONFIG: "my.json" },
    files: {
      ".env": "INBOX_LOG_LEVEL=loud\n",
      "my.json": JSON.stringify({
        trustProxy: 99,
        ports: 1,
        store: "$NOWHERE",
        allowIps: ["192.0.2.1", "x"],
        bodyBytesMax: null,
      }),
    },
  });
  const faults = faultsOf({ ...sources, faults: ["before"] }, "serve");
  assertEquals(faults, [
    "before",
    'Unknown key "ports" in my.json. Did you mean "port"?',
    "Cannot use --port as it must be a whole number from 0 to 65535: current value is x",
    'Cannot use "store" in my.json: NOWHERE is not set',
    "Cannot use --tolerance as it must be a whole number of seconds from 1 to 86400: current value is ",
    'Cannot use "bodyBytesMax" in my.json as it must be a whole number of bytes from 1024 to 67108864: current value is null',
    'Cannot use "allowIps" in my.json as it must be addresses, CIDR ranges or persona, separated by commas: current value is 192.0.2.1,x',
    'Cannot use "trustProxy" in my.json as it must be a whole number from 0 to 16: current value is 99',
    "Cannot use INBOX_LOG as it must be json or pretty: current value is xml",
    "Cannot use INBOX_LOG_LEVEL in .env as it must be one of debug, info, warn, error: current value is loud",
    "Cannot serve: PERSONA_WEBHOOK_SECRET must be set: copy the secret from the webhook's page in Persona's dashboard into the environment or .env",
  ]);
});

Deno.test("loadConfig() never shows a secret, not even a bad one", () => {
  const secret = "wbhsec_hidden";
  const table: FakeSources[] = [
    { flags: { secret, port: "x" } },
    { env: { PERSONA_WEBHOOK_SECRET: secret, PORT: "x" } },
    { files: { ".env": `PERSONA_WEBHOOK_SECRET=${secret}\nPORT=x` } },
    { files: { "inbox.json": JSON.stringify({ secret, port: "x" }) } },
    { files: { "inbox.json": `{"secret":"${secret}",` } },
    {
      env: { MINE: secret },
      files: { "inbox.json": '{"secret":"$MINE","port":"x"}' },
    },
  ];
  for (const sources of table) {
    const faults = faultsOf(configSources(sources), "serve");
    assertFalse(faults.join().includes("hidden"), JSON.stringify(sources));
  }
});

Deno.test("loadConfig() finds a wrong value in inbox.json that a variable overrides", () => {
  const sources = configSources({
    env: { PORT: "3000", INBOX_ADMIN_HOST: "127.0.0.1" },
    files: {
      "inbox.json": JSON.stringify({ port: "thirty", adminHost: "$NOT_SET" }),
    },
  });
  assertEquals(faultsOf(sources), [
    'Cannot use "port" in inbox.json as it must be a whole number from 0 to 65535: current value is thirty',
  ]);
  assertEquals(loadConfig("tool", sources).port, 3000);
});

Deno.test("loadConfig() takes lists and $NAME from inbox.json", () => {
  const table: [value: unknown, secrets: string[]][] = [
    [["wbhsec_a0", "wbhsec_b0"], ["wbhsec_a0", "wbhsec_b0"]],
    ["$ONE", ["wbhsec_10"]],
    ["$TWO", ["wbhsec_20", "wbhsec_30"]],
    [["$ONE", "$TWO", "wbhsec_x0"], [
      "wbhsec_10",
      "wbhsec_20",
      "wbhsec_30",
      "wbhsec_x0",
    ]],
    ["$DOTENV", ["wbhsec_40"]],
    ["$ONE$TWO", ["$ONE$TWO"]],
    ["wbhsec$ONE", ["wbhsec$ONE"]],
  ];
  for (const [secret, expected] of table) {
    const sources = configSources({
      env: { ONE: "wbhsec_10", TWO: "wbhsec_20 wbhsec_30" },
      files: {
        "inbox.json": JSON.stringify({ secret }),
        ".env": "DOTENV=wbhsec_40",
      },
    });
    assertEquals(loadConfig("serve", sources).secrets, expected);
  }
});

Deno.test("loadConfig() says which $NAME is missing, or may not be read", () => {
  for (const name of ["NOWHERE", "constructor", "__proto__", "toString"]) {
    const table = [["secret", `$${name}`], ["secret[1]", ["a", `$${name}`]]];
    for (const [place, secret] of table) {
      const files = { "inbox.json": JSON.stringify({ secret }) };
      assertEquals(faultsOf(configSources({ files })), [
        `Cannot use "${place}" in inbox.json: ${
          name === "NOWHERE" ? name : "a variable that it names by $"
        } is not set`,
      ]);
    }
  }
  const sources = configSources({ files: { "inbox.json": '{"store":"$X"}' } });
  const env = (name: string) => {
    if (name === "X") throw new Deno.errors.NotCapable();
    return undefined;
  };
  assertEquals(faultsOf({ ...sources, env }), [
    'Cannot use "store" in inbox.json: reading X is not permitted, put it into .env',
  ]);
});

Deno.test("loadConfig() prefers --config to INBOX_CONFIG to inbox.json", () => {
  const files = {
    "a.json": '{"port":1}',
    "b.json": '{"port":2}',
    "c.json": '{"port":3}',
    "inbox.json": '{"port":4}',
    ".env": "INBOX_CONFIG=c.json",
  };
  const flags = { config: "a.json" };
  const env = { INBOX_CONFIG: "b.json" };
  const portOf = (sources: FakeSources) =>
    loadConfig("dev", configSources(sources)).port;
  assertEquals(portOf({ flags, env, files }), 1);
  assertEquals(portOf({ env, files }), 2);
  assertEquals(portOf({ files }), 3);
  assertEquals(portOf({ files: { ...files, ".env": "" } }), 4);
});

Deno.test("loadConfig() is not misled by keys that every object has", () => {
  const text = '{"__proto__":{"port":1},"constructor":2}';
  const faults = faultsOf(configSources({ files: { "inbox.json": text } }));
  assertEquals(faults.map((fault) => fault.split(" in ")[0]), [
    'Unknown key "__proto__"',
    'Unknown key "constructor"',
  ]);
});

Deno.test("data keys are no shorter kept than the store", () => {
  const env = { INBOX_KEY_STORE: "sqlite::memory:" };
  const start = () => loadConfig("dev", configSources({ env }));
  assertThrows(start, UsageError, "INBOX_KEY_STORE is sqlite::memory:");
  const both = { ...env, INBOX_STORE: "sqlite::memory:" };
  const { keyStoreUrl } = loadConfig("dev", configSources({ env: both }));
  assertEquals(keyStoreUrl, "sqlite::memory:");
});
