import { ADMIN_TOKENS_KIND } from "../../lib/config/admin_tokens.ts";
import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import {
  type ConfigSources,
  loadConfig,
} from "../../lib/config/load_config.ts";
import { UsageError } from "../../lib/errors.ts";
import { escapeInLine } from "../../lib/escape.ts";
import { configSources, type FakeSources } from "../support/config_sources.ts";

function faultsOf(sources: ConfigSources): string[] {
  const error = assertThrows(() => loadConfig("dev", sources), UsageError);
  return [...error.faults];
}

Deno.test("loadConfig() says what is wrong with a file", () => {
  const table: [sources: FakeSources, fault: string][] = [
    [
      { flags: { config: "my.json" } },
      "Cannot read my.json: there is no such file",
    ],
    [
      { env: { INBOX_CONFIG: "my.json" } },
      "Cannot read my.json: there is no such file",
    ],
    [
      { flags: { config: "" } },
      "--config needs the path of a file",
    ],
    [
      { files: { "inbox.json": '{\n  "secret": hidden\n}' } },
      "Cannot read inbox.json: it is not JSON at line 2, column 13",
    ],
    [
      { files: { "inbox.json": "[]" } },
      "Cannot read inbox.json: it is not a JSON object",
    ],
    [
      { files: { "inbox.json": "null" } },
      "Cannot read inbox.json: it is not a JSON object",
    ],
  ];
  for (const [sources, fault] of table) {
    assertEquals(faultsOf(configSources(sources)), [fault]);
  }
});

Deno.test("loadConfig() says why a file cannot be read", () => {
  const table: [error: Error, reason: string][] = [
    [new Deno.errors.PermissionDenied(), "this user may not read it"],
    [
      new Deno.errors.NotCapable(),
      "reading it is not permitted, see --allow-read",
    ],
    [new Deno.errors.IsADirectory(), "it is a directory"],
    [new Deno.errors.FilesystemLoop(), "it is a link that leads nowhere"],
    [new Deno.errors.Busy(), "Busy"],
  ];
  for (const [error, reason] of table) {
    const readTextFile = () => {
      throw error;
    };
    assertEquals(faultsOf({ ...configSources(), readTextFile }), [
      `Cannot read .env: ${reason}`,
      `Cannot read inbox.json: ${reason}`,
    ]);
  }
});

Deno.test("loadConfig() takes files with a byte-order mark", () => {
  const files = { ".env": "\uFEFFPORT=1", "inbox.json": '\uFEFF{"host":"a"}' };
  const { port, hostname } = loadConfig("dev", configSources({ files }));
  assertEquals([port, hostname], [1, "a"]);
});

Deno.test("loadConfig() takes all that .env may hold", () => {
  const text = [
    "# A comment",
    "",
    " \t",
    "  # Another",
    "export HOST=127.0.0.1",
    "\texport\tINBOX_LOG = json # why",
    "EMPTY=",
    "dotted.name-d=1",
    "SINGLE='a",
    "no assignment",
    "' # after",
    'DOUBLE="a\\"',
    '=b"',
    "TICK=`",
    "x`",
    "APOSTROPHE=it's",
    "EQUALS=a=b#c",
    "PORT=1",
  ];
  for (const end of ["\n", "\r\n"]) {
    const files = { ".env": text.join(end) };
    const config = loadConfig("dev", configSources({ files }));
    assertEquals([config.port, config.hostname], [1, "127.0.0.1"]);
  }
});

Deno.test("loadConfig() names a line of .env that is none, and shows nothing of it", () => {
  const table: [text: string, line: number][] = [
    ["PERSONA_WEBHOOK_SECRET hidden", 1],
    ["PORT=1\nPERSONA_WEBHOOK_SECRET: hidden\n", 2],
    ["# A\r\n\r\n=hidden\r\n", 3],
    ["PORT=1\nhidden\nHOST=2", 2],
    ["A='b\nc'\nhidden", 3],
    ["1A=hidden", 1],
    ["my key=hidden", 1],
    ["\0\x01hidden\xff", 1],
    ['{"secret":"hidden"}', 1],
  ];
  for (const [text, line] of table) {
    const faults = faultsOf(configSources({ files: { ".env": text } }));
    assertEquals(faults, [
      `Cannot read .env: line ${line} is not NAME=value`,
    ], text);
    assertFalse(faults.join().includes("hidden"));
  }
});

Deno.test("loadConfig() makes no text of what inbox.json has beside texts", () => {
  const secrets = "one or more secrets, in quotes";
  const token = `${ADMIN_TOKENS_KIND}, in quotes`;
  const host =
    "a host name or address, without brackets or a port, in quotes: current value is";
  const port = "a whole number from 0 to 65535: current value is";
  const ips =
    "addresses, CIDR ranges or persona, separated by commas, in quotes: current value is";
  const table: [settings: Record<string, unknown>, fault: string][] = [
    ...[null, true, 12345, { hidden: 1 }].map(
      (secret): [Record<string, unknown>, string] => [
        { secret },
        `"secret" in inbox.json as it must be ${secrets}`,
      ],
    ),
    ...[null, false, 7, {}, ["hidden"]].map(
      (part): [Record<string, unknown>, string] => [
        { secret: ["a", part] },
        `"secret[1]" in inbox.json as it must be ${secrets}`,
      ],
    ),
    ...[null, true, 1234567890123456, {}, ["a".repeat(16)]].map(
      (adminToken): [Record<string, unknown>, string] => [
        { adminToken },
        `"adminToken" in inbox.json as it must be ${token}`,
      ],
    ),
    [
      { forwardUrl: ["http://a.example"] },
      '"forwardUrl" in inbox.json as it must be an http or https URL without a user name or password, in quotes',
    ],
    [
      { forwardSecret: null },
      '"forwardSecret" in inbox.json as it must be one secret without spaces or commas, in quotes',
    ],
    [{ host: 5 }, `"host" in inbox.json as it must be ${host} 5`],
    [{ host: ["a"] }, `"host" in inbox.json as it must be ${host} a list`],
    [{ host: {} }, `"host" in inbox.json as it must be ${host} an object`],
    [{ port: null }, `"port" in inbox.json as it must be ${port} null`],
    [{ port: true }, `"port" in inbox.json as it must be ${port} true`],
    [{ port: [1] }, `"port" in inbox.json as it must be ${port} a list`],
    [{ port: 1.5 }, `"port" in inbox.json as it must be ${port} 1.5`],
    [{ allowIps: 1 }, `"allowIps" in inbox.json as it must be ${ips} 1`],
    [
      { allowIps: ["::1", null] },
      `"allowIps[1]" in inbox.json as it must be ${ips} null`,
    ],
    [
      { log: null },
      '"log" in inbox.json as it must be json or pretty, in quotes: current value is null',
    ],
    [
      { store: 5 },
      '"store" in inbox.json as it must be sqlite:PATH or postgres://user@host/database, in quotes: current value is 5',
    ],
  ];
  for (const [settings, fault] of table) {
    const files = { "inbox.json": JSON.stringify(settings) };
    for (const mode of ["serve", "dev", "tool"] as const) {
      const env = "secret" in settings
        ? {}
        : { PERSONA_WEBHOOK_SECRET: "wbhsec_given" };
      const error = assertThrows(
        () => loadConfig(mode, configSources({ env, files })),
        UsageError,
      );
      assertEquals(error.faults, [`Cannot use ${fault}`], mode);
    }
  }
});

Deno.test("loadConfig() tells of a reference in .env that names no variable", () => {
  for (const reference of ["${A=b}", "${A\0B}"]) {
    const files = { ".env": `PORT=1\nX=${reference}\n` };
    assertEquals(faultsOf(configSources({ files })), [
      "Cannot read .env: a ${NAME} in it names no variable",
    ]);
  }
});

Deno.test("loadConfig() tells each fault in one line, whatever stands in the files", () => {
  const files = {
    ".env": "PORT='80\nCannot forge'",
    "inbox.json": '{ "po\\nrt\\u202e": 1 }',
  };
  const faults = faultsOf(configSources({ files }));
  assertEquals(faults.length, 2);
  for (const fault of faults) assertEquals(escapeInLine(fault), fault);
});
