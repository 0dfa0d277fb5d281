import { assertEquals, assertFalse } from "@std/assert";
import {
  destinationFaults as faultsOf,
  type DestinationOptions,
  loadDestinations as load,
} from "../support/destination_sources.ts";

const URL = "http://127.0.0.1:8080/persona";
const KEYS =
  "name, url, exec, module, secret, headers, events, filter, order, concurrency, timeoutMs, attemptsMax";
const NAME =
  "1 to 64 letters, digits, dots, hyphens and underscores, the first one a letter or digit";
const HTTP_URL = "an http or https URL without a user name or password";
const COMMAND = "a list of texts, a program and its arguments";
const EVENTS = "a list of at least one event name or glob";
const GLOB =
  "an event name or glob: 1 to 255 letters, digits, dots, slashes, hyphens, underscores and *";
const MODULE = "a .ts, .mts, .js or .mjs file";

/** Members beside `name` and `exec`, and the fault each is. */
const MEMBER_FAULTS: [member: Record<string, unknown>, fault: string][] = [
  [{ colour: 1 }, `Unknown key "_.colour" in inbox.json. Known keys: ${KEYS}`],
  [
    { event: [] },
    'Unknown key "_.event" in inbox.json. Did you mean "events"?',
  ],
  [{ Name: 1 }, 'Unknown key "_.Name" in inbox.json. Did you mean "name"?'],
  ...["", "-a", ".a", "a b", "a/b", "é", "a".repeat(65), "a\n", 5, null].map(
    (name): [Record<string, unknown>, string] => [
      { name },
      `"_.name" in inbox.json as it must be ${NAME}: current value is ${
        JSON.stringify(name)
      }`,
    ],
  ),
  [
    { name: undefined },
    '"_" in inbox.json as it must have a name',
  ],
  [
    { exec: undefined },
    '"_" in inbox.json as it must have one of url, exec, module: current value has none',
  ],
  [
    { url: URL },
    '"_" in inbox.json as it must have one of url, exec, module: current value has url and exec',
  ],
  [
    { url: URL, module: "./a.ts" },
    '"_" in inbox.json as it must have one of url, exec, module: current value has url and exec and module',
  ],
  ...[
    ...["", "ftp://a.example", "https://", "file:///a"],
    ...["http://user:word@a.example", "http://user@a.example", 5, null, [URL]],
  ].map((url): [Record<string, unknown>, string] => [
    { exec: undefined, url },
    `"_.url" in inbox.json as it must be ${HTTP_URL}`,
  ]),
  [
    { exec: undefined, url: "a.example:8080" },
    `"_.url" in inbox.json as it must be ${HTTP_URL}. Write http:// or https:// before it`,
  ],
  [
    { exec: undefined, url: "http://a.example:6000/hook?token=x" },
    `"_.url" in inbox.json as it must be ${HTTP_URL}. Port 6000 is one that no HTTP client of the Fetch standard connects to: let the server listen on another`,
  ],
  ...["./a", [], [""], ["", "a"], ["a", 5], ["a", ["b"]], [null], {}, null].map(
    (exec): [Record<string, unknown>, string] => [
      { exec },
      `"_.exec" in inbox.json as it must be ${COMMAND}`,
    ],
  ),
  ...["", "./a", "./a.tsx", "./a.json", ".ts", 5].map(
    (module): [Record<string, unknown>, string] => [
      { exec: undefined, module },
      `"_.module" in inbox.json as it must be ${MODULE}: current value is ${
        JSON.stringify(module)
      }`,
    ],
  ),
  [
    { secret: "s" },
    '"_.secret" in inbox.json as it must stand beside a url',
  ],
  ...["", "a b", "a,b", 5, null, ["a"]].map(
    (secret): [Record<string, unknown>, string] => [
      { exec: undefined, url: URL, secret },
      '"_.secret" in inbox.json as it must be one secret without spaces or commas',
    ],
  ),
  [
    { events: "inquiry.*" },
    `"_.events" in inbox.json as it must be ${EVENTS}: current value is "inquiry.*"`,
  ],
  [
    { events: [] },
    `"_.events" in inbox.json as it must be ${EVENTS}: current value is an empty list`,
  ],
  ...[
    ...["", "a\nb", "a".repeat(256), 5, "inquiry.{a,b}", "!x", "["],
    ...["inq?iry.*", " inquiry.*", "inquiry.* ", "a b", "é", "(a|b)", "a,b"],
  ].map(
    (glob): [Record<string, unknown>, string] => [
      { events: ["*", glob] },
      `"_.events[1]" in inbox.json as it must be ${GLOB}: current value is ${
        JSON.stringify(glob)
      }`,
    ],
  ),
  [
    { events: [["*"]] },
    `"_.events[0]" in inbox.json as it must be ${GLOB}: current value is a list`,
  ],
  [{ filter: [] }, '"_.filter" in inbox.json as it must be an object'],
  [
    { filter: { data: { $or: [] } } },
    '"_.filter.data.$or" in inbox.json as it must be a list with at least one element',
  ],
  ...["Object", "", 5, null, true].map(
    (order): [Record<string, unknown>, string] => [
      { order },
      `"_.order" in inbox.json as it must be object or none: current value is ${
        JSON.stringify(order)
      }`,
    ],
  ),
  ...([["concurrency", 1, 1_000], ["timeoutMs", 100, 600_000], [
    "attemptsMax",
    1,
    1_000,
  ]] as const).flatMap(([key, min, max]) =>
    [min - 1, max + 1, min + 0.5, -1, String(min), true, null].map(
      (value): [Record<string, unknown>, string] => [
        { [key]: value },
        `"_.${key}" in inbox.json as it must be a whole number from ${min} to ${max}: current value is ${
          JSON.stringify(value)
        }`,
      ],
    )
  ),
];

Deno.test("loadConfig() names each fault of a destination and its place", () => {
  for (const [member, fault] of MEMBER_FAULTS) {
    const faults = faultsOf([
      { name: "first", exec: ["x"] },
      { name: "second", exec: ["x"], ...member },
    ]);
    const placed = fault.replace("_", "destinations[1]");
    const expected = /^Unknown/.test(placed) ? placed : `Cannot use ${placed}`;
    assertEquals(faults, [expected], JSON.stringify(member));
  }
});

Deno.test("loadConfig() refuses destinations that are no list of objects", () => {
  const table: [value: unknown, shown: string][] = [
    [{}, "an object"],
    ["$X", '"$X"'],
    [null, "null"],
  ];
  for (const [value, shown] of table) {
    assertEquals(faultsOf(value), [
      `Cannot use "destinations" in inbox.json as it must be a list of objects: current value is ${shown}`,
    ]);
  }
  assertEquals(faultsOf(["a", []]), [
    'Cannot use "destinations[0]" in inbox.json as it must be an object: current value is "a"',
    'Cannot use "destinations[1]" in inbox.json as it must be an object: current value is an empty list',
  ]);
});

Deno.test("loadConfig() refuses a name that another destination has", () => {
  const named = (...names: string[]) =>
    names.map((name) => ({ name, exec: ["x"] }));
  assertEquals(faultsOf(named("a", "b", "a", "a")), [
    'Cannot use "destinations[2].name" in inbox.json as it is already the name of "destinations[0]" in inbox.json',
    'Cannot use "destinations[3].name" in inbox.json as it is already the name of "destinations[0]" in inbox.json',
  ]);
  const forward: [options: DestinationOptions, place: string][] = [
    [{ flags: { forward: URL } }, "--forward"],
    [{ env: { INBOX_FORWARD_URL: URL } }, "INBOX_FORWARD_URL"],
    [
      { files: { ".env": `INBOX_FORWARD_URL=${URL}` } },
      "INBOX_FORWARD_URL in .env",
    ],
  ];
  for (const [options, place] of forward) {
    assertEquals(faultsOf(named("default"), options), [
      `Cannot use "destinations[0].name" in inbox.json as it is already the name of ${place}`,
    ]);
  }
  assertEquals(load(named("default", "Default")).length, 2);
  assertEquals(faultsOf(named("handlers", "Handlers")), [
    'Cannot use "destinations[0].name" in inbox.json as "handlers" is reserved for the handlers of createInbox(): choose another name',
  ]);
});

Deno.test("loadConfig() tells all faults of all destinations at once", () => {
  assertEquals(
    faultsOf([
      { name: "a", url: "x", events: [5, ""], colour: 1 },
      { name: "a", exec: ["x"], timeoutMs: 5, filter: { $a: { $or: 1 } } },
    ], { env: { PORT: "x", INBOX_FORWARD_URL: "y" } }).map((fault) =>
      fault.split(" as ")[0]
    ),
    [
      "Cannot use PORT",
      "Cannot use INBOX_FORWARD_URL",
      'Unknown key "destinations[0].colour" in inbox.json. Known keys: name, url, exec, module, secret, headers, events, filter, order, concurrency, timeoutMs, attemptsMax',
      'Cannot use "destinations[0].url" in inbox.json',
      'Cannot use "destinations[0].events[0]" in inbox.json',
      'Cannot use "destinations[0].events[1]" in inbox.json',
      'Cannot use "destinations[1].name" in inbox.json',
      'Cannot use "destinations[1].filter.$a" in inbox.json',
      'Cannot use "destinations[1].filter.$a.$or" in inbox.json',
      'Cannot use "destinations[1].timeoutMs" in inbox.json',
    ],
  );
});

Deno.test("loadConfig() takes no TypeScript in an executable", () => {
  const options = { isStandalone: true };
  for (const module of ["./a.ts", "./a.mts", "a.tsx"]) {
    assertEquals(faultsOf([{ name: "a", module }], options), [
      `Cannot use "destinations[0].module" in inbox.json as it must be a .js or .mjs file, as an executable cannot compile TypeScript: current value is "${module}"`,
    ]);
  }
  for (const module of ["./a.js", "a.mjs"]) {
    assertEquals(load([{ name: "a", module }], options).length, 1);
  }
});

Deno.test("loadConfig() says which $NAME of a destination is missing", () => {
  const destinations = [
    { name: "a", url: "$NOWHERE", secret: "$SECRET" },
    { name: "b", exec: ["x", "$NOWHERE", "$ELSEWHERE"] },
    { name: "$NAME", module: "./a.ts", filter: { id: "$TEMPLATE" } },
  ];
  assertEquals(faultsOf(destinations), [
    'Cannot use "destinations[0].url" in inbox.json: NOWHERE is not set',
    'Cannot use "destinations[0].secret" in inbox.json: SECRET is not set',
    'Cannot use "destinations[1].exec" in inbox.json: NOWHERE is not set',
    'Cannot use "destinations[1].exec" in inbox.json: ELSEWHERE is not set',
    'Cannot use "destinations[2].name" in inbox.json: NAME is not set',
    'Cannot use "destinations[2].filter" in inbox.json: TEMPLATE is not set',
  ]);
});

Deno.test("loadConfig() shows no secret of a destination, and no value of a $NAME", () => {
  const hidden = "hidden \n hidden";
  const members: [key: string, literal?: unknown][] = [
    ["name"],
    ["events"],
    ["filter"],
    ["order"],
    ["concurrency"],
    ["timeoutMs"],
    ["attemptsMax"],
    ["module"],
    ["url", hidden],
    ["url", "http://user:hidden@a.example"],
    ["url", { token: hidden }],
    ["secret", hidden],
    ["secret", [hidden]],
    ["exec", ["", hidden]],
    ["exec", [hidden, 5]],
    ["exec", hidden],
  ];
  for (const [key, literal = "$HIDDEN"] of members) {
    const isTarget = ["url", "exec", "module"].includes(key);
    const target = isTarget
      ? {}
      : key === "secret"
      ? { url: URL }
      : { exec: ["x"] };
    const faults = faultsOf([{ name: "a", ...target, [key]: literal }], {
      env: { HIDDEN: hidden },
    });
    assertEquals(faults.length, 1, key);
    assertFalse(faults.join().includes("hidden"), faults.join());
  }
  const inLists = [{ name: "a", exec: ["x"], events: ["*", "$HIDDEN", ""] }];
  const faults = faultsOf(inLists, { env: { HIDDEN: hidden } });
  assertEquals(faults.length, 2);
  assertFalse(faults.join().includes("hidden"), faults.join());
  const duplicates = ["$A", "$A"].map((name) => ({ name, exec: ["x"] }));
  const [fault] = faultsOf(duplicates, { env: { A: "hidden" } });
  assertFalse(fault?.includes("hidden"), fault);
});

Deno.test("loadConfig() names the $NAME whose value is of the wrong kind", () => {
  const destinations = [{ name: "a", url: "$APP_URL", concurrency: "$MANY" }];
  const env = { APP_URL: "nowhere", MANY: "1e3" };
  assertEquals(faultsOf(destinations, { env }), [
    `Cannot use "destinations[0].url" in inbox.json, $APP_URL as it must be ${HTTP_URL}. Write http:// or https:// before it`,
    'Cannot use "destinations[0].concurrency" in inbox.json, $MANY as it must be a whole number from 1 to 1000',
  ]);
});

Deno.test("loadConfig() is not misled by destinations that are hostile", () => {
  const deep = "[".repeat(10_000) + "]".repeat(10_000);
  const texts = [
    `[{"name":"a","exec":["x"],"__proto__":{"name":"b"}}]`,
    `[{"name":"a","exec":["x"],"constructor":1}]`,
    `[{"name":"a","exec":["x"],"filter":{"a":${deep}}}]`,
    `[{"name":"a","exec":["x"],"events":[${deep}]}]`,
    `[{"name":"a","exec":["x"],"order":${deep}}]`,
    `[{"exec":["x"],"__proto__":{"name":"b"}, "name": "a"}]`,
  ];
  for (const text of texts) {
    const files = { "inbox.json": `{"destinations":${text}}` };
    assertEquals(faultsOf(undefined, { files }).length, 1, text.slice(0, 99));
  }
});
