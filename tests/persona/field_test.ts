import { assertEquals } from "@std/assert";
import { parseEvent } from "../../lib/persona/event.ts";
import { field } from "../../lib/persona/field.ts";
import { INFLECTIONS, inflectKeys } from "../../lib/persona/inflection.ts";
import type { JsonObject } from "../../lib/json/json.ts";
import type { PersonaObject } from "../../lib/persona/objects.ts";

/** An account whose fields are the given JSON text, as read from a delivery. */
function accountWith(
  fields: string,
  inflection: typeof INFLECTIONS[number] = "kebab",
): PersonaObject | null {
  const event: JsonObject = {
    data: {
      type: "event",
      id: "evt_1",
      attributes: {
        name: "account.created",
        "created-at": "2024-02-15T23:48:17.732Z",
        payload: {
          data: {
            type: "account",
            id: "act_1",
            attributes: { "reference-id": "a", fields: JSON.parse(fields) },
          },
        },
      },
    },
  };
  const body = JSON.stringify(inflectKeys(event, inflection));
  const result = parseEvent(new TextEncoder().encode(body));
  if (!result.ok) throw new Error(result.reason);
  return result.event.object;
}

Deno.test("field() finds a field by any spelling, in any inflection", () => {
  const spellings = ["address-street-1", "address_street_1", "addressStreet1"];
  for (const inflection of INFLECTIONS) {
    for (const name of spellings) {
      const account = accountWith(`{"${name}":{"value":"x"}}`, inflection);
      for (const spelling of spellings) {
        assertEquals(field(account, spelling), { value: "x" });
      }
      assertEquals(field(account, "addressStreet"), undefined);
    }
  }
});

Deno.test("field() tells fields apart that differ in spelling only", () => {
  for (const inflection of INFLECTIONS) {
    const account = accountWith(
      '{"name_first":{"value":1},"name-first":{"value":2}}',
      inflection,
    );
    assertEquals(field(account, "name_first")?.value, 1);
    assertEquals(field(account, "name-first")?.value, 2);
    assertEquals(field(account, "nameFirst")?.value, 1);
  }
});

Deno.test("field() takes hostile names for data", () => {
  const account = accountWith('{"__proto__":{"value":"own"}}');
  assertEquals(field(account, "__proto__"), { value: "own" });
  for (const name of ["constructor", "toString", "hasOwnProperty", ""]) {
    assertEquals(field(account, name), undefined, name);
  }
  assertEquals(field(accountWith("{}"), "__proto__"), undefined);
});

Deno.test("field() finds nothing where there are no fields", () => {
  assertEquals(field(null, "name-first"), undefined);
  assertEquals(field(undefined, "name-first"), undefined);
  for (const fields of ["null", "[]", '"x"', '{"name-first":null}']) {
    assertEquals(field(accountWith(fields), "name-first"), undefined, fields);
  }
});
