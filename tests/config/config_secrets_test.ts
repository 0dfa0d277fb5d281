/** What `loadConfig()` makes of secrets: odd ones, impossible ones, and those in files. */

import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load_config.ts";
import { UsageError } from "../../lib/errors.ts";
import { configSources, type FakeSources } from "../support/config_sources.ts";
import { SECRET } from "../support/signed_delivery.ts";

const FROM_DASHBOARD =
  "Copy the secret from the webhook's page in Persona's dashboard";
const MADE_UP = "Generate one, for instance with openssl rand -hex 32";

function faultsOf(sources: FakeSources): readonly string[] {
  return assertThrows(
    () => loadConfig("serve", configSources(sources)),
    UsageError,
  ).faults;
}

function warningsOf(sources: FakeSources): string[] {
  const { warnings } = loadConfig("serve", configSources(sources));
  return warnings.map(({ summary, hint }) => `${summary}. ${hint}`);
}

Deno.test("loadConfig() refuses to serve with what cannot be a secret", () => {
  const settings = {
    destinations: [
      { name: "app", url: "http://127.0.0.1:2/", secret: "changeme" },
    ],
  };
  const sources: FakeSources = {
    env: {
      PERSONA_WEBHOOK_SECRET: `${SECRET},wbhsec_…`,
      INBOX_ADMIN_TOKEN: "$TOKEN",
      INBOX_FORWARD_SECRET: "null",
    },
    files: { "inbox.json": JSON.stringify(settings) },
  };
  assertEquals(faultsOf(sources), [
    `Cannot use secret 2 of 2 in PERSONA_WEBHOOK_SECRET: it is a placeholder. ${FROM_DASHBOARD}`,
    `Cannot use INBOX_ADMIN_TOKEN: it is the name of a variable that was not filled in. ${MADE_UP}`,
    `Cannot use INBOX_FORWARD_SECRET: it is what programs print for a missing value. ${MADE_UP}`,
    `Cannot use the secret of destination app in inbox.json: it is a placeholder. ${MADE_UP}`,
  ]);
  // Other commands may meet other receivers.
  loadConfig("tool", configSources(sources));
});

Deno.test("loadConfig() warns of a secret that can never match, and shows nothing of it", () => {
  const table: [secret: string, what: string][] = [
    [`"${SECRET}"`, "has a quote at its end"],
    ["wbhsec_hidden\u200b00", "has an invisible character in it"],
    ["persona_sandbox_hidden", "is an API key, which signs no delivery"],
    ["hidden-and-long", "does not look like Persona's wbhsec_…"],
  ];
  for (const [secret, what] of table) {
    const [warning = "", ...others] = warningsOf({
      env: { PERSONA_WEBHOOK_SECRET: secret },
    });
    assertEquals(others, []);
    assertEquals(warning.startsWith(`PERSONA_WEBHOOK_SECRET ${what}. `), true);
    assertFalse(warning.includes("hidden"));
  }
  assertEquals(warningsOf({ env: { PERSONA_WEBHOOK_SECRET: SECRET } }), []);
});

Deno.test("loadConfig() warns of secrets in an argument list", () => {
  const settings = {
    destinations: [
      { name: "a", exec: ["./a.sh", "--token", "$TOKEN"] },
      { name: "b", exec: ["./a.sh", "--channel", "kyc"] },
    ],
  };
  const files = { "inbox.json": JSON.stringify(settings) };
  const env = { TOKEN: "hidden" };
  assertEquals(warningsOf({ flags: { secret: SECRET }, env, files }), [
    '"destinations[0].exec" in inbox.json: the value of a variable in it is visible to other users of this machine, as in ps. Let the program read it from a file',
    "--secret is visible to other users of this machine, as in ps. Set PERSONA_WEBHOOK_SECRET or PERSONA_WEBHOOK_SECRET_FILE",
  ]);
});

Deno.test("loadConfig() reads every secret from a file, too", () => {
  const settings = {
    destinations: [
      { name: "app", url: "http://127.0.0.1:2/", secret: "$APP_SECRET" },
    ],
  };
  const files = {
    "webhook": `${SECRET}\nwbhsec_0ld0\n`,
    "token": "\uFEFFa-token-of-mine\r\n",
    "forward": "forward-secret",
    "app": "app-secret\n",
    "inbox.json": JSON.stringify(settings),
    ".env": "INBOX_FORWARD_SECRET_FILE=forward\nAPP_SECRET_FILE=app",
  };
  const env = {
    PERSONA_WEBHOOK_SECRET_FILE: "webhook",
    INBOX_ADMIN_TOKEN_FILE: "token",
    INBOX_FORWARD_URL: "http://127.0.0.1:2/",
  };
  const sources = configSources({ env, files });
  const config = loadConfig("serve", sources);
  assertEquals(config.secrets, [SECRET, "wbhsec_0ld0"]);
  assertEquals(config.adminTokens.map(({ token }) => token), [
    "a-token-of-mine",
  ]);
  const secrets = config.destinations.map(({ target }) =>
    target.kind === "http" && target.secret
  );
  assertEquals(secrets, ["forward-secret", "app-secret"]);
  assertEquals(config.warnings, []);
});

Deno.test("loadConfig() prefers the environment to .env, of files with secrets too", () => {
  const files = {
    "file": "wbhsec_f11e",
    ".env": `PERSONA_WEBHOOK_SECRET=${SECRET}`,
  };
  const env = { PERSONA_WEBHOOK_SECRET_FILE: "file" };
  const { secrets } = loadConfig("serve", configSources({ env, files }));
  assertEquals(secrets, ["wbhsec_f11e"]);
});

Deno.test("loadConfig() says what is wrong with a file of a secret, once", () => {
  const table: [sources: FakeSources, faults: string[]][] = [
    [{ env: { PERSONA_WEBHOOK_SECRET_FILE: "none" } }, [
      "Cannot read the file of PERSONA_WEBHOOK_SECRET_FILE: there is no such file",
    ]],
    [{
      env: { PERSONA_WEBHOOK_SECRET_FILE: "a" },
      files: { a: " \n" },
    }, ["Cannot read the file of PERSONA_WEBHOOK_SECRET_FILE: it is empty"]],
    [{
      files: {
        a: "wbhsec_…",
        ".env": "PERSONA_WEBHOOK_SECRET_FILE=a",
      },
    }, [
      `Cannot use PERSONA_WEBHOOK_SECRET_FILE in .env: it is a placeholder. ${FROM_DASHBOARD}`,
    ]],
    [{
      env: {
        PERSONA_WEBHOOK_SECRET: SECRET,
        PERSONA_WEBHOOK_SECRET_FILE: "a",
      },
      files: { a: SECRET },
    }, [
      "PERSONA_WEBHOOK_SECRET and PERSONA_WEBHOOK_SECRET_FILE are both set: remove one",
    ]],
  ];
  for (const [sources, faults] of table) {
    assertEquals(faultsOf(sources), faults);
  }
});

Deno.test("loadConfig() calls nothing missing that may stand in a file it cannot read", () => {
  for (
    const files of [
      { ".env": "PERSONA_WEBHOOK_SECRET wbhsec_hidden" },
      { "inbox.json": '{"secret": "$A" "host": 1}' },
      { ".env": "A hidden", "inbox.json": '{"secret": "$A"}' },
    ]
  ) {
    const faults = faultsOf({ files });
    assertEquals(faults.length, 1, faults.join("\n"));
    assertEquals(/^Cannot read/.test(faults[0]!), true);
  }
});

Deno.test("no fault shows the end of a secret that has a $ in it", () => {
  for (const member of ["url", "secret", "headers"]) {
    const text = member === "headers" ? "Bearer pa$sw0rd1" : "$sw0rd1";
    const value = member === "headers" ? { authorization: text } : text;
    const destination = {
      name: "app",
      url: "http://a.example/",
      [member]: value,
    };
    const files = {
      "inbox.json": JSON.stringify({ destinations: [destination] }),
    };
    const env = { PERSONA_WEBHOOK_SECRET: SECRET };
    assertEquals(faultsOf({ env, files }), [
      `Cannot use "destinations[0].${member}" in inbox.json: a variable that it names by $ is not set`,
    ]);
  }
});
