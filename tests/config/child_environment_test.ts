import { assert, assertEquals } from "@std/assert";
import { childEnvironment } from "../../lib/config/child_environment.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import { configSources } from "../support/config_sources.ts";

const ENV = {
  PATH: "/bin",
  HOME: "/home/me",
  LANG: "C.UTF-8",
  PORT: "3000",
  PERSONA_WEBHOOK_SECRET: "wbhsec_0123456789abcdef",
  INBOX_FORWARD_SECRET_FILE: "/run/secrets/forward",
  INBOX_ADMIN_TOKEN: "token-0123456789",
  APP_SECRET: "wbhsec_of-the-application",
  DATABASE_URL: "postgres://app",
};

Deno.test("childEnvironment() leaves out every setting, and what inbox.json reads", () => {
  const { PATH, HOME, LANG, DATABASE_URL } = ENV;
  assertEquals(childEnvironment(ENV, ["APP_SECRET", "UNSET"]), {
    clearEnv: true,
    env: { PATH, HOME, LANG, DATABASE_URL },
  });
});

Deno.test("childEnvironment() empties these where the environment may not be read", () => {
  const { clearEnv, env } = childEnvironment({}, ["APP_SECRET"]);
  assertEquals(clearEnv, false);
  for (
    const name of [
      "PERSONA_WEBHOOK_SECRET",
      "PERSONA_WEBHOOK_SECRET_FILE",
      "INBOX_ADMIN_TOKEN",
      "APP_SECRET",
      "APP_SECRET_FILE",
    ]
  ) assertEquals(env[name], "", name);
  assert(!("PATH" in env));
});

Deno.test("loadConfig() keeps the secrets of one destination from the commands of others", () => {
  const destinations = [
    { name: "app", url: "http://127.0.0.1:2/", secret: "$APP_SECRET" },
    { name: "notify", exec: ["notify"] },
  ];
  const files = {
    "inbox.json": JSON.stringify({ destinations }),
    "/run/secrets/forward": "wbhsec_of-forwarding",
  };
  const sources = { ...configSources({ env: ENV, files }), envAll: () => ENV };
  const { childEnvironment } = loadConfig("dev", sources);
  assertEquals(Object.keys(childEnvironment.env ?? {}), [
    "PATH",
    "HOME",
    "LANG",
    "DATABASE_URL",
  ]);
});
