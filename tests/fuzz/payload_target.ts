// What is taken from payloads: links, and what may be shown.

import { assert, assertEquals } from "@std/assert";
import fc from "npm:fast-check@4.11.0";
import type { JsonValue } from "../../lib/json/json.ts";
import { isIdentifier } from "../../lib/persona/identifier.ts";
import { INFLECTIONS, inflectKeys } from "../../lib/persona/inflection.ts";
import { linksOf } from "../../lib/persona/links.ts";
import { maskTokens } from "../../lib/persona/mask_tokens.ts";
import { maskPayload } from "../../lib/persona/mask.ts";
import { bytesOf } from "../support/signed_delivery.ts";
import { type FuzzTarget, pureTarget } from "./fuzz_target.ts";
import { jsonValue, key, KEYS } from "./json_inputs.ts";

const linked = jsonValue(
  fc.constantFrom<JsonValue[]>(
    ...["account", "inquiry", "act_1", "inq_1", "user-7", "Jo", "", "\n"],
    7,
    null,
  ),
  fc.constantFrom(
    ...["type", "id", "data", "reference-id", "referenceId", "reference_id"],
    ...["reference", "account", "__proto__", "fields", "Reference-ID"],
  ),
);

function linksModel(value: JsonValue): string[] {
  if (typeof value !== "object" || value === null) return [];
  const found = Object.values(value).flatMap(linksModel);
  if (Array.isArray(value)) return found;
  const { type, id } = value;
  if ((type === "account" || type === "inquiry") && isIdentifier(id)) {
    found.push(`${type} ${id}`);
  }
  for (const [key, one] of Object.entries(value)) {
    const isReference =
      key.toLowerCase().replaceAll(/[-_]/g, "") === "referenceid";
    if (isReference && isIdentifier(one)) found.push(`reference ${one}`);
  }
  return found;
}

function linksIn(value: JsonValue): string[] {
  return linksOf(bytesOf(JSON.stringify(value)))
    .map(({ kind, value }) => `${kind} ${value}`);
}

/** Where a value may stand unmasked, by another reading of the rule. */
const SHOWN_KEYS = new Set([
  ...["id", "type", "status"],
  ...["account", "check", "match"].flatMap((of) => [
    ...[`${of}-status`, `${of}_status`, `${of}Status`],
  ]),
]);

/** A text that nobody else has, in what looks like anything that a payload holds. */
const secret = fc.constantFrom(
  ...["Canary Jo", "canary@example.com", "1990-01-31-canary", "canary jo"],
  "https://files.example/canary.jpg?access_token=canary",
  ...["canary\n", " canary", "canary:1", "é-canary", "2024-canary", "7canary"],
);

const withSecrets = jsonValue(
  fc.oneof(secret, fc.constant(null), fc.nat(), fc.boolean()),
  fc.oneof(key, fc.constantFrom(...SHOWN_KEYS, "photo-url", "x-at", "At")),
);

/** A token as people and programs put it into a URL. */
const url = fc.record({
  user: fc.constantFrom("", "", "canary@", "canary:pa55@"),
  path: fc.constantFrom("/", "/a/b.jpg", ""),
  parameters: fc.array(
    fc.tuple(
      fc.constantFrom("access_token", "t", "X-Amz-Signature", "é", "a[b]"),
      fc.string({
        unit: fc.constantFrom(
          ...[
            "canary",
            "a",
            "Z",
            "0",
            ".",
            "_",
            "-",
            "~",
            "%20",
            "=",
            "+",
            "/",
          ],
          ...[";", ",", ":", "@", "!", "$", "(", ")", "*", "?"],
        ),
        minLength: 1,
        maxLength: 6,
      }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  mark: fc.constantFrom("?", "#", "?a=1#"),
}).map(({ user, path, parameters, mark }) => {
  const written = parameters.map(([name, value]) => `${name}=canary${value}`);
  return `https://${user}files.example${path}${mark}${written.join("&")}`;
});

/** JSON whose characters may be escaped, though they need not be. */
const escapedJson = fc.tuple(
  jsonValue(
    fc.oneof(
      { arbitrary: url, weight: 2 },
      url.map((url) => `see ${url} and <a href='${url}'>`),
      fc.constantFrom<JsonValue[]>("a=b&c", "Jo?", 1e21, null, "\\", '"'),
    ),
    fc.constantFrom(...KEYS),
  ),
  fc.infiniteStream(fc.nat({ max: 30 })),
).map(([value, stream]) =>
  JSON.stringify(value).replace(/(?<!\\)[=&?#a/]/g, (character) => {
    const choice = stream.next().value;
    if (choice === 0 && character === "/") return "\\/";
    if (choice > 1) return character;
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  })
);

/** Everything but the texts that hold a URL. */
function withoutUrls(json: string): string {
  return JSON.stringify(
    JSON.parse(json),
    (_, value) =>
      typeof value === "string" && value.includes("://") ? "" : value,
  );
}

export const PAYLOAD_TARGETS: readonly FuzzTarget[] = [
  pureTarget("tokens: none in a URL is shown, and nothing else is changed", {
    runs: 500,
    inputs: escapedJson,
    check(json) {
      const masked = maskTokens(json);
      assert(!JSON.stringify(JSON.parse(masked)).includes("canary"), masked);
      assertEquals(withoutUrls(masked), withoutUrls(json));
      assertEquals(maskTokens(masked), masked);
    },
  }),
  pureTarget("tokens: none in a text that is no JSON is shown", {
    runs: 300,
    inputs: fc.array(
      fc.oneof(url, fc.constantFrom('{"', "\n", " ", '"', "500 ", "<b>")),
      { maxLength: 4 },
    ),
    check(parts) {
      const text = `no JSON: ${parts.join(" ")}`;
      assert(!maskTokens(text).includes("canary"));
    },
  }),
  pureTarget("links: they are those that a walk of the whole payload finds", {
    runs: 1_000,
    inputs: linked,
    check(value) {
      const parsed = JSON.parse(JSON.stringify(value));
      assertEquals(
        linksIn(value).toSorted(),
        [...new Set(linksModel(parsed))].toSorted(),
      );
    },
  }),
  pureTarget("links: the inflection of a payload changes none", {
    runs: 500,
    inputs: jsonValue(
      fc.constantFrom<JsonValue[]>("account", "inquiry", "act_1", "user-7", 7),
      fc.constantFrom("type", "id", "data", "reference-id", "fields"),
    ),
    check(value) {
      const texts = INFLECTIONS.map((inflection) =>
        linksIn(inflectKeys(value, inflection)).toSorted().join()
      );
      assertEquals(new Set(texts).size, 1);
    },
  }),
  pureTarget("mask: no text that a person could have written is shown", {
    runs: 1_500,
    inputs: withSecrets,
    check(value) {
      assert(!JSON.stringify(maskPayload(value)).includes("canary"));
      assert(!JSON.stringify(maskPayload(value)).includes("Canary"));
    },
  }),
  pureTarget("mask: what is shown is of the allow-list, and all keys stay", {
    runs: 1_000,
    inputs: jsonValue(undefined, fc.oneof(key, fc.constantFrom(...SHOWN_KEYS))),
    check(value) {
      checkMasked(value, maskPayload(value), "");
    },
  }),
];

function checkMasked(value: JsonValue, masked: JsonValue, key: string): void {
  if (typeof value === "object" && value !== null) {
    assert(typeof masked === "object" && masked !== null);
    assertEquals(Array.isArray(masked), Array.isArray(value));
    assertEquals(Object.keys(masked), Object.keys(value));
    const inside = Object.values(masked);
    for (const [i, [name, one]] of Object.entries(value).entries()) {
      checkMasked(one, inside[i]!, Array.isArray(value) ? key : name);
    }
    return;
  }
  if (value === null) return assertEquals(masked, null);
  if (masked !== value) {
    return assert(/^<(?:string \d+|number|boolean)>$/.test(String(masked)));
  }
  assert(typeof value === "string", `${key} shows ${value}`);
  const isTime = /[^]\-at$|[^]_at$|[^]At$/.test(key) &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value);
  const isWord = SHOWN_KEYS.has(key) && /^[a-z][a-z0-9_./-]*$/i.test(value);
  assert(isTime || isWord, `${key} shows ${value}`);
}
