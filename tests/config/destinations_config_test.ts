import { assertEquals } from "@std/assert";
import { resolve } from "node:path";
import type { DestinationConfig } from "../../lib/destinations/destination_config.ts";
import { loadDestinations as load } from "../support/destination_sources.ts";

const URL = "http://127.0.0.1:8080/persona";
const DEFAULTS = {
  events: ["*"],
  filter: null,
  order: "object",
  concurrency: 8,
  timeoutMs: 10_000,
  attemptsMax: 12,
} as const;

Deno.test("loadConfig() reads destinations of every kind", () => {
  const filter = { data: { attributes: { tags: ["INBOUND"] } } };
  const app = {
    events: ["inquiry.*", "verification.passed"],
    filter,
    order: "none",
    concurrency: 1,
    timeoutMs: 100,
    attemptsMax: 1_000,
  } as const;
  const expected: DestinationConfig[] = [
    {
      name: "app",
      target: { kind: "http", url: URL, secret: "app-secret" },
      ...app,
    },
    {
      name: "notify",
      target: {
        kind: "exec",
        command: [resolve("notify.sh"), "--channel", "", "$x y"],
      },
      ...DEFAULTS,
    },
    {
      name: "typed",
      target: { kind: "module", path: resolve("handlers.ts") },
      ...DEFAULTS,
    },
  ];
  assertEquals(
    load([
      { name: "app", url: URL, secret: "$APP_SECRET", ...app },
      { name: "notify", exec: ["./notify.sh", "--channel", "", "$x y"] },
      { name: "typed", module: "./handlers.ts" },
    ], { env: { APP_SECRET: "app-secret" } }),
    expected,
  );
  assertEquals(load([]), []);
});

Deno.test("loadConfig() signs with the destination's, the forward's or the first secret", () => {
  const own = { name: "own", url: URL, secret: "own-secret" };
  const first = "wbhsec_a0";
  const forward = "forward-secret";
  const table: [env: Record<string, string>, expected: (string | null)[]][] = [
    [{}, [null, own.secret, null]],
    [{ PERSONA_WEBHOOK_SECRET: `${first},wbhsec_b0` }, [
      first,
      own.secret,
      first,
    ]],
    [{ INBOX_FORWARD_SECRET: forward }, [forward, own.secret, forward]],
    [
      { PERSONA_WEBHOOK_SECRET: first, INBOX_FORWARD_SECRET: forward },
      [forward, own.secret, forward],
    ],
  ];
  for (const [env, expected] of table) {
    const all = { ...env, INBOX_FORWARD_URL: URL };
    const destinations = load([own, { name: "other", url: URL }], { env: all });
    assertEquals(destinations.map(({ name }) => name), [
      "default",
      "own",
      "other",
    ]);
    const secrets = destinations.map(({ target }) =>
      target.kind === "http" && target.secret
    );
    assertEquals(secrets, expected);
  }
});

Deno.test("loadConfig() makes one simple destination of --forward", () => {
  assertEquals(load(undefined, { flags: { forward: URL } }), [{
    name: "default",
    target: { kind: "http", url: URL, secret: null },
    ...DEFAULTS,
  }]);
});

Deno.test("loadConfig() finds programs and modules beside inbox.json", () => {
  const folder = resolve("etc");
  const table: [program: string, expected: string][] = [
    ["./notify", `${folder}/notify`],
    ["bin/notify", `${folder}/bin/notify`],
    ["../notify", resolve("notify")],
    ["/bin/notify", "/bin/notify"],
    ["notify", "notify"],
  ];
  for (const config of ["etc/inbox.json", `${folder}/inbox.json`]) {
    for (const [program, expected] of table) {
      const destinations = [
        { name: "a", exec: [program, "./argument"] },
        { name: "b", module: `${program}.js` },
      ];
      const found = load(null, {
        flags: { config },
        files: { [config]: JSON.stringify({ destinations }) },
      });
      assertEquals(found.map(({ target }) => target), [
        { kind: "exec", command: [expected, "./argument"] },
        { kind: "module", path: resolve(folder, `${program}.js`) },
      ]);
    }
  }
});

Deno.test("loadConfig() reads $NAME wherever a destination has a text", () => {
  const env = {
    NAME: "app",
    APP_URL: URL,
    GLOB: "inquiry.*",
    TEMPLATE: "itmpl_1",
    MANY: "16",
    ORDER: "none",
  };
  const files = { ".env": "TOKEN=two words\nFILE=./a.mjs" };
  assertEquals(
    load([
      {
        name: "$NAME",
        url: "$APP_URL",
        events: ["a", "$GLOB"],
        filter: { id: { $or: ["$TEMPLATE", "x$TEMPLATE"] } },
        order: "$ORDER",
        concurrency: "$MANY",
      },
      { name: "b", exec: ["run", "$TOKEN", "--to=$NAME"] },
      { name: "c", module: "$FILE" },
    ], { env, files }),
    [
      {
        ...DEFAULTS,
        name: "app",
        target: { kind: "http", url: URL, secret: null },
        events: ["a", "inquiry.*"],
        filter: { id: { $or: ["itmpl_1", "x$TEMPLATE"] } },
        order: "none",
        concurrency: 16,
      },
      {
        ...DEFAULTS,
        name: "b",
        target: { kind: "exec", command: ["run", "two words", "--to=$NAME"] },
      },
      {
        ...DEFAULTS,
        name: "c",
        target: { kind: "module", path: resolve("a.mjs") },
      },
    ],
  );
});

Deno.test("loadConfig() takes names of destinations that files and labels can hold", () => {
  const good = ["a", "9", "A.b_c-d", "a".repeat(64), "constructor"];
  const names = good.map((name) => ({ name, exec: ["x"] }));
  assertEquals(load(names).map(({ name }) => name), good);
});
