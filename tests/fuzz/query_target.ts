// Queries of events: flags, parameters and JSON are read alike, and the SQL made of them
// finds what a plain filter finds.

import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.11.0";
import { eventFilterOf } from "../../lib/app/events_query.ts";
import { Args } from "../../lib/cli/command.ts";
import { readConditionFlags } from "../../lib/cli/condition_flags.ts";
import { UsageError } from "../../lib/errors.ts";
import { readEventQuery } from "../../lib/http/event_query.ts";
import { readReplayQuery } from "../../lib/http/replay_query.ts";
import {
  EVENT_CONDITIONS,
  type EventConditions,
  type EventFilter,
  LIST_CONDITIONS,
  REPLAY_CONDITIONS,
} from "../../lib/store/event_filter.ts";
import {
  readConditions,
  writeConditions,
} from "../../lib/store/read_conditions.ts";
import { openSqliteStore } from "../../lib/store/sqlite/open.ts";
import { delivery } from "../support/deliveries.ts";
import { LocalRig, NOW_MS } from "../support/local_rig.ts";
import { OpenStore } from "../support/open_store.ts";
import { SeededRandom } from "../support/seeded_random.ts";
import { StoreModel } from "../support/store_model.ts";
import { NAMES, OBJECTS, workAtRandom } from "../support/work_at_random.ts";
import { type FuzzTarget, type OpenTarget, pureTarget } from "./fuzz_target.ts";
import { mutatedText } from "./mutated.ts";

const CONDITION_NAMES = LIST_CONDITIONS.map((key) =>
  EVENT_CONDITIONS[key].name
);

/** Valid texts of any condition, and what becomes of them. */
const text = fc.oneof(
  {
    arbitrary: fc.constantFrom(
      ...[
        "1h",
        "90s",
        "7d",
        "999999999d",
        "2024-02-15",
        "2024-02-15T23:48:17.732Z",
      ],
      ...["inquiry.*", "*", "inq_1", "user 7", "pending", "none", "app"],
      ...["1", "20", "100000", "100001", "0", "999999999999999", "evt_1"],
    ),
    weight: 3,
  },
  {
    arbitrary: mutatedText(["1h", "2024-02-15", "dead", "a.*", "20"]),
    weight: 2,
  },
  { arbitrary: fc.string({ unit: "binary", maxLength: 8 }), weight: 1 },
);
const given = fc.array(fc.tuple(fc.constantFrom(...CONDITION_NAMES), text), {
  maxLength: 5,
});

/** Reads flags at a time of ours. */
function readFlags(
  values: Record<string, readonly string[]>,
): { conditions: EventConditions; faults: number } {
  const args = new Args([], values);
  const { now } = Date;
  Date.now = () => NOW_MS;
  try {
    const conditions = readConditionFlags(args, LIST_CONDITIONS);
    return { conditions, faults: args.faults.length };
  } finally {
    Date.now = now;
  }
}

function checkAlike(given: readonly (readonly [string, string])[]): void {
  // As URL parameters, lone surrogates are other texts.
  const all = given.filter(([, value]) => value.isWellFormed());
  const values = Object.fromEntries(
    Map.groupBy(all, ([name]) => name).entries()
      .map(([name, pairs]) => [name, pairs.map(([, value]) => value)]),
  );
  const flags = readFlags(values);
  const faults: string[] = [];
  const params = new URLSearchParams(all.map(([name, value]) => [name, value]));
  const query = readEventQuery(
    new URLSearchParams(params.toString()),
    { nowMs: NOW_MS, faults },
  );
  assertEquals(faults.length, flags.faults);
  let byProgram: EventConditions | undefined;
  try {
    byProgram = eventFilterOf(values, NOW_MS);
  } catch (error) {
    assert(error instanceof UsageError);
    assertEquals(error.faults.length, flags.faults);
  }
  assertEquals(byProgram === undefined, flags.faults > 0);
  if (flags.faults > 0) return;
  assertEquals(byProgram, query);
  const { limit: _, ...conditions } = flags.conditions;
  const { limit: __, ...others } = query;
  assertEquals(conditions, others);
  checkBody(flags.conditions);
}

/** What a replay shares with a list, as a JSON body that a command would send. */
function checkBody(conditions: EventConditions): void {
  const shared = Object.fromEntries(
    Object.entries(conditions).filter(([key]) =>
      REPLAY_CONDITIONS.some((known) => known === key)
    ),
  );
  const body = JSON.parse(
    JSON.stringify({ ...writeConditions(shared), dead: true }),
  );
  const faults: string[] = [];
  const read = readReplayQuery(body, {
    nowMs: NOW_MS,
    destinations: [],
    faults,
  });
  assertEquals(faults, []);
  const expected = { ...shared, isDead: true, isAgain: false, isDryRun: false };
  assertEquals({ ...read }, expected as typeof read);
}

/** Names that patterns of SQL could take for their own. */
const ODD_NAMES = ["inquiry%", "a_b", "a[b]", "A/B.C", "a?b", "a/b.cd", "é.x"];
const ODD_OBJECTS = ["it's", 'q"', "\\", "inq_1 ", "🗝", "null", "1"];

const filter: fc.Arbitrary<EventFilter> = fc.record({
  names: fc.array(
    fc.oneof(
      fc.constantFrom<string[]>(...NAMES),
      fc.string({
        unit: fc.constantFrom(
          ...["*", "*", "inquiry", ".", "/", "_", "a", "b", "c", "A", "-"],
        ),
        minLength: 1,
        maxLength: 5,
      }),
    ),
    { maxLength: 3 },
  ),
  objectId: fc.constantFrom(
    ...OBJECTS.flatMap((id) => id ?? []),
    ...ODD_OBJECTS,
  ),
  destination: fc.constantFrom("a", "b", "c", "d", "a'"),
  status: fc.constantFrom("pending", "done", "dead", "none"),
  receivedSinceMs: fc.integer({ min: -1, max: 21 }),
  receivedUntilMs: fc.integer({ min: -1, max: 21 }),
  beforeSeq: fc.nat({ max: 90 }),
  limit: fc.integer({ min: 1, max: 60 }),
}, { requiredKeys: ["limit"] });

/** A store of events, and the model of it. */
async function filledStore() {
  const open = new OpenStore(
    await openSqliteStore(":memory:", { bodyBytesMax: 1 << 20 }),
  );
  const model = new StoreModel();
  for (const [i, name] of ODD_NAMES.entries()) {
    const objectId = ODD_OBJECTS[i]!;
    const one = delivery(`evt_odd${i}`, { name, objectId, receivedAtMs: i });
    const destinations = i % 2 === 0 ? ["a"] : [];
    model.accept(one, await open.accept(one, destinations), destinations);
  }
  await workAtRandom(open, model, new SeededRandom(11), 120);
  return { open, model };
}

async function openFilters(): Promise<OpenTarget> {
  const { open, model } = await filledStore();
  const property = fc.asyncProperty(filter, async (filter) => {
    const found = await open.reader.list(filter);
    assertEquals(found.map(({ id }) => id), model.list(filter));
  });
  return { property, close: () => open.close() };
}

async function openPages(): Promise<OpenTarget> {
  const { open, model } = await filledStore();
  const property = fc.asyncProperty(filter, async ({ limit, ...filter }) => {
    const { beforeSeq: _, ...conditions } = filter;
    const found: string[] = [];
    for (let beforeSeq = 1e9;;) {
      const page = await open.reader.list({ ...conditions, beforeSeq, limit });
      found.push(...page.map(({ id }) => id));
      if (page.length < limit) break;
      beforeSeq = page.at(-1)!.seq;
    }
    assertEquals(found, model.list({ ...conditions, limit: 1e9 }));
  });
  return { property, close: () => open.close() };
}

const PATHS = [
  ...["/api/events?limit=3&cursor=5", "/api/events?name=inquiry.*&name=a"],
  ...["/api/events/evt_odd1", "/api/events/evt_odd1?reveal=1", "/api/stats"],
  ...["/api/objects/inq_1", "/api/rejected", "/api/audit", "/metrics", "/"],
  ...["/api/events?since=1h&until=2024-02-15", "/api/events?status=done"],
  ...["/api/events/%65vt_odd1", "/api/objects/it%27s", "/api/events?object=%"],
];

async function openUrls(): Promise<OpenTarget> {
  const rig = await LocalRig.make();
  await workAtRandom(rig.open, new StoreModel(), new SeededRandom(3), 40);
  const paths = mutatedText(PATHS, [
    ...["/", "?", "&", "=", "%", "%00", "%ff", "..", "#", "reveal=1", "reveal"],
    ...["limit=", "cursor=", "name=", "/api/events/", "destination=app"],
  ]);
  const property = fc.asyncProperty(paths, async (path) => {
    if (!URL.canParse(path, "http://localhost:3001")) return;
    if (new URL(path, "http://localhost:3001").host !== "localhost:3001") {
      return;
    }
    const response = await rig.fetch(path);
    const body = await response.text();
    assert([200, 400, 404, 405].includes(response.status), body);
    if (response.headers.get("content-type") !== "application/json") return;
    const json = JSON.parse(body);
    assertEquals(json.success === false, response.status >= 400);
  });
  return { property, close: () => rig[Symbol.asyncDispose]() };
}

export const QUERY_TARGETS: readonly FuzzTarget[] = [
  pureTarget("query: flags, parameters, programs and JSON are read alike", {
    runs: 800,
    inputs: given,
    check: checkAlike,
  }),
  pureTarget("query: any JSON is a replay or has a fault", {
    runs: 500,
    inputs: fc.dictionary(
      fc.constantFrom(...CONDITION_NAMES, "ids", "dead", "again", "dryRun"),
      fc.oneof(text, fc.array(text, { maxLength: 3 }), fc.jsonValue()),
      { maxKeys: 4 },
    ),
    check(body) {
      const faults: string[] = [];
      const json = JSON.parse(JSON.stringify(body));
      const options = { nowMs: NOW_MS, destinations: ["app"], faults };
      const read = readReplayQuery(json, options);
      if (faults.length > 0) return;
      const { isDead, isAgain, isDryRun: _, ...conditions } = read;
      assertEquals([typeof isDead, typeof isAgain], ["boolean", "boolean"]);
      const again = readConditions(REPLAY_CONDITIONS, {
        nowMs: NOW_MS,
        faults,
        valuesOf: (name) => {
          const value = writeConditions(conditions)[name];
          if (value === undefined) return undefined;
          return Array.isArray(value) ? value : [value];
        },
      });
      assertEquals(faults, []);
      const { destination: __, ...others } = conditions;
      assertEquals({ ...again }, others as typeof again);
    },
  }),
  {
    name: "query: the SQL of a filter finds what the model finds",
    runs: 400,
    open: openFilters,
  },
  {
    name: "query: the pages of a list are the whole list",
    runs: 60,
    open: openPages,
  },
  {
    name: "query: no URL makes the local listener fail",
    runs: 300,
    open: openUrls,
  },
];
