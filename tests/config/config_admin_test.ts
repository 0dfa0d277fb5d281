import { ADMIN_TOKENS_KIND } from "../../lib/config/admin_tokens.ts";
import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import {
  type ConfigSources,
  loadConfig,
} from "../../lib/config/load_config.ts";
import { UsageError } from "../../lib/errors.ts";
import type { Mode } from "../../lib/config/settings.ts";
import { configSources, type FakeSources } from "../support/config_sources.ts";

function faultsOf(sources: ConfigSources, mode: Mode = "dev"): string[] {
  const error = assertThrows(() => loadConfig(mode, sources), UsageError);
  return [...error.faults];
}

Deno.test("loadConfig() refuses bad secrets and URLs without showing them", () => {
  const url = "an http or https URL without a user name or password";
  const secret = "one secret without spaces or commas";
  const token = ADMIN_TOKENS_KIND;
  const table: [env: string, kind: string, texts: string[]][] = [
    ["INBOX_FORWARD_URL", url, [
      ...["hidden", "ftp://hidden", "http://", "//hidden/", "file:///hidden"],
      ...["http://hidden:x@a.example", "http://hidden@a.example"],
      ...["https://:hidden@a.example", "http://hidden:99999"],
    ]],
    ["INBOX_FORWARD_SECRET", secret, ["hidden,b", "hidden b", ","]],
    ["INBOX_ADMIN_TOKEN", token, [
      "hidden 890123456",
      "hiddené890123456",
      "alice:hidden:token-of-alice",
      "alice:read:token-of-alice,hidden",
      "alice:read:hidden-1,alice:operate:hidden-2",
      "alice:read:hidden-12,bob:operate:hidden-12",
      "hidden-d,hidden-e",
    ]],
  ];
  for (const [env, kind, texts] of table) {
    for (const text of texts) {
      const faults = faultsOf(configSources({ env: { [env]: text } }));
      const [fault = "", ...others] = faults;
      assertEquals(others, []);
      assert(
        fault.startsWith(`Cannot use ${env} as it must be ${kind}`),
        fault,
      );
      assertFalse(fault.includes("hidden"));
    }
  }
});

Deno.test("loadConfig() needs a token to serve the local port to others", () => {
  const missing = [
    "Cannot serve: INBOX_ADMIN_TOKEN must be set when INBOX_ADMIN_HOST is not a loopback address: generate a token, or turn the local port off with INBOX_ADMIN_PORT=off",
  ];
  const secret = { PERSONA_WEBHOOK_SECRET: "wbhsec_5e77" };
  const table: [host: string, isOpen: boolean][] = [
    ...[
      "0.0.0.0",
      "::",
      "192.0.2.1",
      "a.example",
      "128.0.0.1",
      "127.evil.example",
    ]
      .map((host): [string, boolean] => [host, true]),
    ...["127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1", "localhost"]
      .map((host): [string, boolean] => [host, false]),
    ["LocalHost", false],
  ];
  for (const [host, isOpen] of table) {
    const env = { ...secret, INBOX_ADMIN_HOST: host };
    for (const mode of ["serve", "dev"] as const) {
      if (isOpen) assertEquals(faultsOf(configSources({ env }), mode), missing);
      else loadConfig(mode, configSources({ env }));
    }
    const token = "t0ken".repeat(4);
    const more: Record<string, string>[] = [{ INBOX_ADMIN_PORT: "off" }, {
      INBOX_ADMIN_TOKEN: token,
    }];
    for (const given of more) {
      loadConfig("serve", configSources({ env: { ...env, ...given } }));
    }
    loadConfig("tool", configSources({ env }));
  }
  const bad = { ...secret, INBOX_ADMIN_HOST: "::", INBOX_ADMIN_TOKEN: "t t" };
  assertEquals(faultsOf(configSources({ env: bad }), "serve"), [
    `Cannot use INBOX_ADMIN_TOKEN as it must be ${ADMIN_TOKENS_KIND}`,
  ]);
});

Deno.test("loadConfig() knows a chosen local port from the default one", () => {
  const table: [sources: FakeSources, isChosen: boolean][] = [
    [{}, false],
    [{ env: { INBOX_ADMIN_PORT: "" } }, false],
    [{ flags: { "admin-port": "3001" } }, true],
    [{ env: { INBOX_ADMIN_PORT: "off" } }, true],
    [{ files: { ".env": "INBOX_ADMIN_PORT=0" } }, true],
    [{ files: { "inbox.json": '{"adminPort":3001}' } }, true],
  ];
  for (const [sources, isChosen] of table) {
    const config = loadConfig("dev", configSources(sources));
    assertEquals(config.isAdminPortChosen, isChosen, JSON.stringify(sources));
  }
});
