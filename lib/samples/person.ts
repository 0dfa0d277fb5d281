// A fictitious person. Telephone number, domain and addresses are from ranges
// reserved for fiction and documentation.

import type { JsonObject } from "../json/json.ts";

/** The person that all samples are about, as attributes have them. */
export const SAMPLE_PERSON = {
  "name-first": "Alexandra",
  "name-middle": "Placeholder",
  "name-last": "Sample",
  birthdate: "1990-01-31",
  "address-street-1": "123 Fictitious Avenue",
  "address-street-2": "Apartment 4",
  "address-city": "Exampleville",
  "address-subdivision": "California",
  "address-postal-code": "00000",
  "country-code": "US",
  "phone-number": "+12025550142",
  "email-address": "alexandra.sample@example.com",
  "identification-number": "X0000000",
} as const;

/** Personal data, by attribute. */
export type Person = typeof SAMPLE_PERSON;

/**
 * Returns the fields of Persona's own account type, whose names are in snake case
 * for every webhook (API reference, accounts).
 */
export function accountFields(person: Person | null): JsonObject {
  const of = (name: keyof Person) => fieldOf(person, name);
  return {
    name: {
      type: "hash",
      value: {
        first: of("name-first"),
        middle: of("name-middle"),
        last: of("name-last"),
      },
    },
    address: {
      type: "hash",
      value: {
        street_1: of("address-street-1"),
        street_2: of("address-street-2"),
        city: of("address-city"),
        subdivision: of("address-subdivision"),
        postal_code: of("address-postal-code"),
        country_code: of("country-code"),
      },
    },
    birthdate: of("birthdate"),
    phone_number: of("phone-number"),
    email_address: of("email-address"),
  };
}

/** Returns the fields that an inquiry has of a person. */
export function personFields(person: Person | null): JsonObject {
  const names = Object.keys(SAMPLE_PERSON) as (keyof Person)[];
  return Object.fromEntries(names.map((name) => [
    name === "country-code" ? "address-country-code" : name,
    fieldOf(person, name),
  ]));
}

/** Returns the whole name; null without a person. */
export function fullName(person: Person | null): string | null {
  return person && `${person["name-first"]} ${person["name-last"]}`;
}

/** Returns the URL of a picture; null without a person. */
export function photoUrl(
  person: Person | null,
  fileName: string,
): string | null {
  return person && `https://files.example.com/samples/${fileName}`;
}

function fieldOf(person: Person | null, name: keyof Person): JsonObject {
  const type = name === "birthdate" ? "date" : "string";
  return { type, value: person?.[name] ?? null };
}
