import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import type { DestinationConfig } from "../../lib/destinations/destination_config.ts";
import { createSubscriptions } from "../../lib/dispatch/subscriptions.ts";
import { EVENT_NAMES } from "../../lib/persona/event_names.ts";
import type { JsonObject } from "../../lib/json/json.ts";
import { UNRECOGNIZED } from "../../lib/persona/unrecognized.ts";
import { bytesOf, eventText } from "../support/signed_delivery.ts";

function destination(
  name: string,
  options: { events?: string[]; filter?: JsonObject } = {},
): DestinationConfig {
  const { events = ["*"], filter = null } = options;
  return {
    name,
    events,
    filter,
    target: { kind: "exec", command: ["true"] },
    order: "object",
    concurrency: 8,
    timeoutMs: 10_000,
    attemptsMax: 12,
  };
}

/** An inquiry that is approved. */
const BODY = bytesOf(eventText());
const APPROVED = { data: { attributes: { status: "approved" } } };
const DECLINED = { data: { attributes: { status: "declined" } } };

Deno.test("destinationsFor() goes by globs of the event's name", () => {
  const subscriptions = createSubscriptions([
    destination("all"),
    destination("decided", {
      events: ["inquiry.approved", "inquiry.declined"],
    }),
    destination("inquiries", { events: ["account.*", "inquiry.*"] }),
    destination("ready", { events: ["*.ready"] }),
  ]);
  const table: [name: string, expected: string[]][] = [
    ["inquiry.approved", ["all", "decided", "inquiries"]],
    ["inquiry.created", ["all", "inquiries"]],
    ["inquiry-session.started", ["all"]],
    ["account.created", ["all", "inquiries"]],
    ["report/watchlist.ready", ["all", "ready"]],
    ["not.yet-known", ["all"]],
    ["constructor", ["all"]],
    ["__proto__", ["all"]],
  ];
  for (const round of ["first", "again"]) {
    for (const [name, expected] of table) {
      const found = subscriptions.destinationsFor({ name }, BODY);
      assertEquals(found, expected, `${name} ${round}`);
    }
  }
});

Deno.test("destinationsFor() goes by the name, also by that of what is no event", () => {
  const subscriptions = createSubscriptions([
    destination("all"),
    destination("named", { events: [UNRECOGNIZED] }),
    destination("other", { events: ["inquiry.*"] }),
  ]);
  const event = { name: UNRECOGNIZED };
  assertEquals(subscriptions.destinationsFor(event, BODY), ["all", "named"]);
});

Deno.test("destinationsFor() finds nothing without destinations", () => {
  const event = { name: "inquiry.approved" };
  assertEquals(createSubscriptions([]).destinationsFor(event, BODY), []);
});

Deno.test("destinationsFor() asks filters about the payload alone", () => {
  const table: [filter: JsonObject, text: string, isMatch: boolean][] = [
    [APPROVED, eventText(), true],
    [DECLINED, eventText(), false],
    [{}, eventText(), true],
    [{ data: { id: "inq_1" } }, eventText(), true],
    [{ data: { id: "evt_1" } }, eventText(), false],
    [APPROVED, `\ufeff${eventText()}`, true],
    [DECLINED, `\ufeff${eventText()}`, false],
    [APPROVED, ` \n${eventText()}\n`, true],
    [{ data: { attributes: { note: "é木🗝" } } }, eventText("e", "é木🗝"), true],
  ];
  const event = { name: "inquiry.approved" };
  for (const [filter, text, isMatch] of table) {
    const about = `${JSON.stringify(filter)} ${text}`;
    const found = createSubscriptions([destination("it", { filter })])
      .destinationsFor(event, bytesOf(text));
    assertEquals(found, isMatch ? ["it"] : [], about);
  }
});

Deno.test("destinationsFor() takes a body without a payload for an empty one", () => {
  const deep = '{"data":{"attributes":{"payload":' + '{"a":'.repeat(10_000) +
    "1" + "}".repeat(10_003);
  const texts = [
    ...["", "{", "null", "[]", "{}", '{"data":null}', '{"data":[]}', deep],
    '{"data":{"attributes":{"payload":[]}}}',
    '{"attributes":{"payload":{"data":{"attributes":{"status":"approved"}}}}}',
  ];
  const subscriptions = createSubscriptions([
    destination("approved", { filter: APPROVED }),
    destination("any", { filter: {} }),
    destination("all"),
  ]);
  for (const body of [...texts.map(bytesOf), new Uint8Array([0xff, 0xfe])]) {
    const event = { name: "inquiry.approved" };
    assertEquals(subscriptions.destinationsFor(event, body), ["any", "all"]);
  }
});

Deno.test("destinationsFor() parses a body once, and only for a filter", () => {
  const subscriptions = createSubscriptions([
    destination("all"),
    destination("one", { events: ["inquiry.*"], filter: APPROVED }),
    destination("two", { events: ["inquiry.approved"], filter: APPROVED }),
    destination("three", { events: ["*.approved"], filter: DECLINED }),
  ]);
  const { parse } = JSON;
  let parsed = 0;
  JSON.parse = (text: string) => {
    parsed++;
    return parse(text);
  };
  try {
    const find = (name: string) =>
      subscriptions.destinationsFor({ name }, BODY);
    assertEquals(find("account.created"), ["all"]);
    assertEquals(parsed, 0);
    assertEquals(find("inquiry.approved"), ["all", "one", "two"]);
    assertEquals(parsed, 1);
  } finally {
    JSON.parse = parse;
  }
});

Deno.test("destinationsFor() returns one frozen list for one set", () => {
  const subscriptions = createSubscriptions([
    destination("a", { events: ["account.*", "inquiry.*"] }),
    destination("b", { events: ["inquiry.*"], filter: DECLINED }),
  ]);
  const lists = ["account.created", "inquiry.approved", "account.created"].map((
    name,
  ) => subscriptions.destinationsFor({ name }, BODY));
  for (const list of lists) {
    assertStrictEquals(list, lists[0]);
    assert(Object.isFrozen(list));
  }
});

Deno.test("destinationsFor() is right for more names than it remembers", () => {
  const subscriptions = createSubscriptions([
    destination("odd", { events: ["*1", "*3", "*5", "*7", "*9"] }),
    destination("inquiries", { events: ["inquiry.*"] }),
  ]);
  const names = Array.from({ length: 5_000 }, (_, index) => `made.up-${index}`);
  for (const name of [...EVENT_NAMES, ...names, ...names.slice(0, 9)]) {
    const expected = name.startsWith("inquiry.")
      ? ["inquiries"]
      : /[13579]$/.test(name)
      ? ["odd"]
      : [];
    assertEquals(subscriptions.destinationsFor({ name }, BODY), expected, name);
  }
});

Deno.test("destinationsFor() is right for more sets than it remembers", () => {
  const tags = Array.from({ length: 11 }, (_, index) => `t${index}`);
  const subscriptions = createSubscriptions(
    tags.map((tag) => destination(tag, { filter: { tags: [tag] } })),
  );
  for (let set = 0; set < 2 ** tags.length; set++) {
    const chosen = tags.filter((_, index) => set & 1 << index);
    const payload = { tags: chosen };
    const body = JSON.stringify({ data: { attributes: { payload } } });
    assertEquals(
      subscriptions.destinationsFor({ name: "x" }, bytesOf(body)),
      chosen,
    );
  }
});

Deno.test("destinationsFor() gives the inbox's own news to who asks for it alone", () => {
  const { destinationsFor } = createSubscriptions([
    { name: "all", events: ["*", "*.dead-letter"], filter: null },
    { name: "chat", events: ["inbox.*"], filter: null },
    { name: "pager", events: ["inbox.dead-letter"], filter: null },
  ]);
  const table: [name: string, expected: string[]][] = [
    ["inbox.dead-letter", ["chat", "pager"]],
    ["inbox.disk-low", ["chat"]],
    ["inquiry.approved", ["all"]],
  ];
  for (const [name, expected] of table) {
    assertEquals(destinationsFor({ name }, new Uint8Array()), expected);
  }
});
