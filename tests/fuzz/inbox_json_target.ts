// `inbox.json`: a destination is read as it was written, and editors are told what the
// program says.

import { assert, assertEquals } from "@std/assert";
import { resolve } from "node:path";
import fc from "npm:fast-check@4.11.0";
import { inboxSchema } from "../../lib/config/inbox_schema.ts";
import { loadConfig } from "../../lib/config/load_config.ts";
import { UsageError } from "../../lib/errors.ts";
import type { JsonObject, JsonValue } from "../../lib/json/json.ts";
import { jsonPaths } from "../../lib/json/json_paths.ts";
import { blankComments } from "../../lib/json/jsonc.ts";
import { setAtPath } from "../../lib/json/set_at_path.ts";
import { checkPayloadFilter } from "../../lib/persona/payload_filter.ts";
import { configSources } from "../support/config_sources.ts";
import { isValid } from "../support/json_schema.ts";
import { corpusOf } from "./corpus.ts";
import { type FuzzTarget, pureTarget } from "./fuzz_target.ts";
import { jsonObject, jsonValue } from "./json_inputs.ts";

const SCHEMA = inboxSchema({ isStandalone: false });
const SECRET = "wbhsec_1a2b3c4d";
const ENV = { PERSONA_WEBHOOK_SECRET: SECRET, URL: "http://a.example/" };

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,11}$/);
const glob = fc.stringMatching(/^[a-z*./-]{1,12}$/);
const filter = jsonObject(
  fc.constantFrom<JsonValue[]>("INBOUND", "approved", 1, null, true),
  fc.constantFrom("data", "attributes", "tags", "fields", "$or", "status"),
).filter((filter) => checkPayloadFilter(filter, "filter").length === 0);
const target: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({
    url: word.map((host) => `http://on-${host}.example/a?b=c`),
    secret: word.map((text) => `secret-of-${text}`),
    headers: fc.dictionary(word.map((name) => `x-${name}`), word, {
      maxKeys: 3,
    }),
  }, { requiredKeys: ["url"] }),
  fc.record({
    exec: fc.array(word, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ module: word.map((name) => `./${name}.ts`) }),
);
const destination = fc.tuple(
  fc.record({
    name: word.filter((name) => name !== "handlers"),
    events: fc.array(glob, { minLength: 1, maxLength: 3 }),
    filter,
    order: fc.constantFrom("object", "none"),
    concurrency: fc.integer({ min: 1, max: 1_000 }),
    timeoutMs: fc.integer({ min: 100, max: 600_000 }),
    attemptsMax: fc.integer({ min: 1, max: 1_000 }),
  }, { requiredKeys: ["name"] }),
  target,
).map(([settings, target]): JsonObject => ({ ...settings, ...target }));

function destinationsOf(destinations: JsonValue) {
  const files = { "inbox.json": JSON.stringify({ destinations }) };
  return loadConfig("serve", configSources({ env: ENV, files })).destinations;
}

/** The target as it must be read. */
function targetOf({ url, exec, module, secret, headers }: JsonObject) {
  if (url !== undefined) {
    const more = headers === undefined ? {} : { headers };
    return { kind: "http", url, secret: secret ?? SECRET, ...more };
  }
  if (exec !== undefined) return { kind: "exec", command: exec };
  return { kind: "module", path: resolve(String(module)) };
}

const DEFAULTS = {
  events: ["*"],
  filter: null,
  order: "object",
  concurrency: 8,
  timeoutMs: 10_000,
  attemptsMax: 12,
};

/** Settings of the corpus, in which some values are others. */
const changed = fc.tuple(
  fc.constantFrom(
    ...corpusOf("inbox").flatMap((text) => {
      try {
        return [JSON.stringify(JSON.parse(blankComments(text)))];
      } catch {
        return [];
      }
    }),
  ),
  fc.array(
    fc.tuple(
      fc.nat(),
      jsonValue(
        fc.constantFrom<JsonValue[]>(
          ...[
            "3000",
            "$URL",
            "sqlite:a.db",
            "app",
            "object",
            "http://a.example",
          ],
          ...[0, 1, 3_000, -1, 1.5, true, null, "", " x "],
        ),
        fc.constantFrom("name", "url", "exec", "events", "filter", "data"),
      ),
    ),
    { minLength: 1, maxLength: 3 },
  ),
).map(([text, changes]) => {
  const settings: JsonValue = JSON.parse(text);
  for (const [which, value] of changes) {
    const paths = [...jsonPaths(settings)];
    const path = paths[which % Math.max(paths.length, 1)];
    if (path !== undefined) setAtPath(settings, path.split("."), value);
  }
  return settings;
});

/** Whether the program takes settings. */
function isTaken(settings: JsonValue): boolean {
  // What stands in the environment would count instead.
  const { URL } = ENV;
  const env = { URL, A: "a-first-secret", B: "b-second-secret" };
  const files = { "inbox.json": JSON.stringify(settings) };
  try {
    loadConfig("dev", configSources({ env, files }));
    return true;
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    return false;
  }
}

export const INBOX_JSON_TARGETS: readonly FuzzTarget[] = [
  pureTarget("inbox.json: destinations are read as they were written", {
    runs: 150,
    inputs: fc.uniqueArray(destination, {
      selector: ({ name }) => name,
      maxLength: 3,
    }),
    check(written) {
      const read = destinationsOf(written);
      const expected = written.map((one) => {
        const { url: _, exec: __, module: ___, secret: ____, ...more } = one;
        const { headers: _____, ...settings } = more;
        return { ...DEFAULTS, ...settings, target: targetOf(one) };
      });
      assertEquals(
        read.map((one) => JSON.parse(JSON.stringify(one))),
        JSON.parse(JSON.stringify(expected)),
      );
    },
  }),
  pureTarget("inbox.json: its schema accepts what the program accepts", {
    runs: 150,
    inputs: changed,
    check(settings) {
      if (isTaken(settings)) {
        assert(isValid(SCHEMA, settings), JSON.stringify(settings));
      }
    },
  }),
];
