// JSON values as payloads have them, and such as nobody expects.

import fc from "npm:fast-check@4.11.0";
import type { JsonValue } from "../../lib/json/json.ts";

/** Keys in every inflection, and those that trip programs up. */
export const KEYS: readonly string[] = [
  ...["data", "attributes", "payload", "included", "relationships", "fields"],
  ...["type", "id", "name", "status", "value", "tags", "note", "context"],
  ...["created-at", "createdAt", "created_at", "redacted-at", "checkStatus"],
  ...["reference-id", "referenceId", "reference_id", "account", "inquiry"],
  ...["address-street-1", "address_street_1", "addressStreet1", "name_first"],
  ...["__proto__", "constructor", "toString", "", "-", "_a", "a-", "0", "é"],
];

const TEXTS: readonly string[] = [
  ...["event", "inquiry", "account", "approved", "inq_1", "act_1", "evt_1"],
  ...["inquiry.approved", "2024-02-15T23:48:17.732Z", "VIP", "Jo Doe", ""],
  ...["jo@example.com", "1990-01-31", "\ud800", "\u0000", "é", "__proto__"],
];

export const key: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: fc.constantFrom(...KEYS), weight: 9 },
  { arbitrary: fc.string({ maxLength: 6 }), weight: 1 },
);

export const scalar: fc.Arbitrary<string | number | boolean | null> = fc.oneof(
  { arbitrary: fc.constantFrom(...TEXTS), weight: 6 },
  { arbitrary: fc.string({ maxLength: 12, unit: "binary" }), weight: 1 },
  {
    arbitrary: fc.constantFrom(0, -1, 1.5, 1e308, 2 ** 53),
    weight: 1,
  },
  { arbitrary: fc.boolean(), weight: 1 },
  { arbitrary: fc.constant(null), weight: 1 },
);

/**
 * A JSON value, as `JSON.parse` returns it: `__proto__` is a member like any other.
 *
 * @param scalars The values that contain no other.
 * @param keys The keys of objects.
 */
export function jsonValue(
  scalars: fc.Arbitrary<JsonValue> = scalar,
  keys: fc.Arbitrary<string> = key,
): fc.Arbitrary<JsonValue> {
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthIdentifier: "json" },
      { arbitrary: scalars, weight: 2 },
      {
        arbitrary: fc.array(tie("value"), {
          maxLength: 3,
          depthIdentifier: "json",
        }),
        weight: 1,
      },
      { arbitrary: members(keys, tie("value")), weight: 4 },
    ),
  }));
  return value;
}

/** A JSON object of such members. */
export function jsonObject(
  scalars?: fc.Arbitrary<JsonValue>,
  keys: fc.Arbitrary<string> = key,
): fc.Arbitrary<{ [key: string]: JsonValue }> {
  return members(keys, jsonValue(scalars, keys));
}

function members(
  keys: fc.Arbitrary<string>,
  values: fc.Arbitrary<JsonValue>,
): fc.Arbitrary<{ [key: string]: JsonValue }> {
  return fc.array(fc.tuple(keys, values), {
    maxLength: 5,
    depthIdentifier: "json",
  }).map((entries) => Object.fromEntries(entries));
}
