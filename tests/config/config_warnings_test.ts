import { assert, assertEquals, assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load_config.ts";
import { UsageError } from "../../lib/errors.ts";
import { configSources, type FakeSources } from "../support/config_sources.ts";

function faultsOf(sources: FakeSources): readonly string[] {
  return assertThrows(
    () => loadConfig("dev", configSources(sources)),
    UsageError,
  ).faults;
}

function summariesOf(destination: Record<string, unknown>): string[] {
  const settings = {
    destinations: [{ name: "a", exec: ["x"], ...destination }],
  };
  const files = { "inbox.json": JSON.stringify(settings) };
  const { warnings } = loadConfig("dev", configSources({ files }));
  return warnings.map(({ summary }) => summary);
}

Deno.test("loadConfig() warns of events that match nothing known, with the nearest name", () => {
  assertEquals(summariesOf({ events: ["*", "inquiry.*", "*.redacted"] }), []);
  assertEquals(
    summariesOf({ events: ["inquiry.aproved", "inqury.*", "a.b"] }),
    [
      '"destinations[0].events[0]" in inbox.json: "inquiry.aproved" matches no known event. Did you mean "inquiry.approved"?',
      '"destinations[0].events[1]" in inbox.json: "inqury.*" matches no known event. Did you mean "inquiry.*"?',
      '"destinations[0].events[2]" in inbox.json: "a.b" matches no known event.',
    ],
  );
});

Deno.test("loadConfig() warns of a variable amid a text, which stays as it is", () => {
  const amid = (member: string, name: string) =>
    `"destinations[0].${member}" in inbox.json: $${name} in it is not replaced, as only a whole value is read from a variable`;
  const url = "http://127.0.0.1:8080/p?a=1";
  const table: [destination: Record<string, unknown>, summaries: string[]][] = [
    [{ exec: ["x", "--token=$TOKEN"] }, [amid("exec", "TOKEN")]],
    [{ exec: ["./x.sh", "${TOKEN}", "y"] }, [amid("exec", "TOKEN")]],
    [{ exec: ["/bin/bash", "-c", "cat > $PERSONA_EVENT_ID.json"] }, []],
    [{ exec: ["sh", "-c", "echo $HOME"] }, []],
    [{ exec: ["x", "costs 5$"] }, []],
    [{ exec: undefined, url: `${url}&t=$TOKEN` }, [amid("url", "TOKEN")]],
    [{ exec: undefined, url: `${url}&$filter=name` }, []],
  ];
  for (const [destination, summaries] of table) {
    assertEquals(summariesOf(destination), summaries);
  }
});

Deno.test("loadConfig() warns of a filter on a root key that no payload has", () => {
  const place = '"destinations[0].filter" in inbox.json';
  const table: [filter: Record<string, unknown>, summaries: string[]][] = [
    [{ data: { attributes: { status: "approved" } } }, []],
    [{ $or: [{ data: {} }, { included: [] }] }, []],
    [{}, []],
    [{ status: "approved" }, [
      `${place}: no payload has "status" at its root.`,
    ]],
    [{ date: {} }, [
      `${place}: no payload has "date" at its root. Did you mean "data"?`,
    ]],
    [{ $or: [{ data: {} }, { attributes: {} }] }, [
      `${place}: no payload has "attributes" at its root.`,
    ]],
  ];
  for (const [filter, summaries] of table) {
    assertEquals(summariesOf({ filter }), summaries);
  }
});

Deno.test("loadConfig() names the likely cause of what other software sets", () => {
  const table: [env: Record<string, string>, cause: string][] = [
    [
      { INBOX_ADMIN_PORT: "tcp://10.0.0.1:3001" },
      ". Kubernetes sets INBOX_ADMIN_PORT for a Service named inbox-admin: rename the Service, or set enableServiceLinks: false for the pod",
    ],
    [
      { HOST: "x86_64-conda-linux-gnu" },
      ". conda sets HOST to the machine it builds for: unset it, or use --host",
    ],
    [
      { INBOX_FORWARD_URL: "app.example/persona" },
      ". Write http:// or https:// before it",
    ],
    [
      { INBOX_FORWARD_URL: "http://a.example/,http://b.example/" },
      ". It is one URL: list several as destinations in inbox.json",
    ],
    [
      { INBOX_FORWARD_URL: "http://a.example, http://b.example/" },
      ". It is one URL: list several as destinations in inbox.json",
    ],
  ];
  for (const [env, cause] of table) {
    const [fault = "", ...others] = faultsOf({ env });
    assertEquals(others, []);
    assert(fault.endsWith(cause), fault);
  }
});

Deno.test("loadConfig() offers the spelling of a store that was meant", () => {
  const table: [text: string, cause: string][] = [
    ["sqlite://data/x.db", ". Write sqlite:data/x.db"],
    ["sqlite:///data/x.db", ". Write sqlite:/data/x.db"],
    ["sqlite: data/x.db", ". Write sqlite:data/x.db"],
    ["sqlite:data/", ". Write sqlite:data/inbox.db"],
    ["sqlite3:x.db", ". Write sqlite:x.db"],
    ["file:x.db", ". Write sqlite:x.db"],
    ["data/x.db", ". Write sqlite:data/x.db"],
    ["sqlite:~/x.db", ", as in sqlite:/home/you/x.db"],
    ["sqlite:~other/x.db", ", as in sqlite:/home/you/x.db"],
    ["~/x.db", ", as in sqlite:/home/you/x.db"],
    ["sqlite:~", ", as in sqlite:/home/you/inbox.db"],
    ["mysql://host/x", ": current value is mysql://…"],
  ];
  for (const [text, cause] of table) {
    const [fault = "", ...others] = faultsOf({ env: { INBOX_STORE: text } });
    assertEquals(others, [], text);
    assert(fault.endsWith(cause), fault);
  }
});

Deno.test("loadConfig() takes a loopback address without http://", () => {
  const table: [text: string, url: string][] = [
    ["localhost:8080/x", "http://localhost:8080/x"],
    ["127.0.0.1:8080", "http://127.0.0.1:8080/"],
    ["[::1]:8080/x?y", "http://[::1]:8080/x?y"],
    ["LOCALHOST", "http://localhost/"],
  ];
  for (const [forward, url] of table) {
    const sources = configSources({ flags: { forward } });
    const [destination] = loadConfig("dev", sources).destinations;
    assertEquals(destination?.target, { kind: "http", url, secret: null });
  }
});

Deno.test("loadConfig() tells of variables in another case or with another name", () => {
  const table: [env: Record<string, string>, fault: string][] = [
    [{ inbox_store: "x" }, "inbox_store. Did you mean INBOX_STORE?"],
    [
      { persona_webhook_secret: "x" },
      "persona_webhook_secret. Did you mean PERSONA_WEBHOOK_SECRET?",
    ],
    [
      { PERSONA_WEBHOOK_SECRETS: "x" },
      "PERSONA_WEBHOOK_SECRETS. Did you mean PERSONA_WEBHOOK_SECRET?",
    ],
    [{ INBOX_HOST: "x" }, "INBOX_HOST. Did you mean HOST?"],
    [
      { INBOX_TOLERANCE: "5" },
      "INBOX_TOLERANCE. Did you mean INBOX_TOLERANCE_SECONDS?",
    ],
    [
      { INBOX_SECRET: "5" },
      "INBOX_SECRET. Did you mean PERSONA_WEBHOOK_SECRET?",
    ],
    [{ INBOX_COLOR: "5" }, "INBOX_COLOR. Fix its name, or remove it"],
  ];
  for (const [env, fault] of table) {
    assertEquals(faultsOf({ env }), [`Unknown setting ${fault}`]);
  }
  loadConfig("dev", configSources({ env: { PERSONA_WEBHOOK_ID: "wbh_1" } }));
});

Deno.test("loadConfig() takes comments and trailing commas, and tells of keys that stand twice", () => {
  const files = {
    "inbox.json": '{ // Why.\n "port": 81, /* x */ "$schema": "x",\n}',
  };
  assertEquals(loadConfig("dev", configSources({ files })).port, 81);
  const faults = faultsOf({
    files: {
      ".env": "PORT=1\nMINE=1\nMINE=2\nPORT=2",
      "inbox.json":
        '{ "port": 81, // Why.\n "destinations": [\n { "name": "a", "exec": ["x"], "name": "b" }],\n "port": 82 }',
    },
  });
  assertEquals(faults, [
    "Cannot use PORT in .env: lines 1 and 4 both set it",
    'Cannot use "name" in inbox.json: it stands twice in its object, again at line 3',
    'Cannot use "port" in inbox.json: it stands twice in its object, again at line 4',
  ]);
  const broken = { "inbox.json": '{ // Why.\n /* x */ "port": }' };
  assertEquals(faultsOf({ files: broken }), [
    "Cannot read inbox.json: it is not JSON at line 2, column 18",
  ]);
});

Deno.test("loadConfig() refuses one port for both listeners", () => {
  const table: [env: Record<string, string>, isFault: boolean][] = [
    [{ PORT: "8080", INBOX_ADMIN_PORT: "8080" }, true],
    [{ INBOX_ADMIN_PORT: "3000", HOST: "0.0.0.0" }, true],
    [{ PORT: "3001" }, false],
    [{ PORT: "0", INBOX_ADMIN_PORT: "0" }, false],
    [{ INBOX_ADMIN_PORT: "off" }, false],
    [{ INBOX_ADMIN_PORT: "3000", HOST: "192.0.2.1" }, false],
  ];
  for (const [env, isFault] of table) {
    if (isFault) assert(/are both \d+: choose/.test(faultsOf({ env })[0]!));
    else loadConfig("dev", configSources({ env }));
  }
});
