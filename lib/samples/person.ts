// A fictitious person. Telephone number, domain and addresses are from ranges
// reserved for fiction and documentation.

import type { JsonObject } from "../json/json.ts";

/** Personal data, by attribute. */
export interface Person {
  /** Given name. */
  readonly nameFirst: string;
  /** Middle name. */
  readonly nameMiddle: string;
  /** Family name. */
  readonly nameLast: string;
  /** Date of birth, ISO 8601. */
  readonly birthdate: string;
  /** Street and number. */
  readonly street: string;
  /** Apartment or suite. */
  readonly unit: string;
  /** City. */
  readonly city: string;
  /** State or province. */
  readonly subdivision: string;
  /** Postal code. */
  readonly postalCode: string;
  /** ISO 3166-1 alpha-2 code. */
  readonly countryCode: string;
  /** Telephone number. */
  readonly phoneNumber: string;
  /** Email address. */
  readonly emailAddress: string;
  /** Number of the identity document. */
  readonly identificationNumber: string;
}

/** The person that all samples are about. */
export const SAMPLE_PERSON: Person = {
  nameFirst: "Alexandra",
  nameMiddle: "Placeholder",
  nameLast: "Sample",
  birthdate: "1990-01-31",
  street: "123 Fictitious Avenue",
  unit: "Apartment 4",
  city: "Exampleville",
  subdivision: "California",
  postalCode: "00000",
  countryCode: "US",
  phoneNumber: "+12025550142",
  emailAddress: "alexandra.sample@example.com",
  identificationNumber: "X0000000",
};

/** Returns a person as flat attributes, as verifications and documents have them. */
export function personAttributes(person: Person | null): JsonObject {
  return {
    "name-first": person?.nameFirst ?? null,
    "name-middle": person?.nameMiddle ?? null,
    "name-last": person?.nameLast ?? null,
    birthdate: person?.birthdate ?? null,
    "address-street-1": person?.street ?? null,
    "address-street-2": person?.unit ?? null,
    "address-city": person?.city ?? null,
    "address-subdivision": person?.subdivision ?? null,
    "address-postal-code": person?.postalCode ?? null,
  };
}

/** Returns a person and contact data as flat attributes. */
export function contactAttributes(person: Person | null): JsonObject {
  return {
    ...personAttributes(person),
    "country-code": person?.countryCode ?? null,
    "phone-number": person?.phoneNumber ?? null,
    "email-address": person?.emailAddress ?? null,
  };
}

/**
 * Returns the fields of Persona's own account type, whose names are in snake case
 * for every webhook (API reference, accounts).
 */
export function accountFields(person: Person | null): JsonObject {
  return {
    name: hash({
      first: string(person?.nameFirst),
      middle: string(person?.nameMiddle),
      last: string(person?.nameLast),
    }),
    address: hash({
      street_1: string(person?.street),
      street_2: string(person?.unit),
      city: string(person?.city),
      subdivision: string(person?.subdivision),
      postal_code: string(person?.postalCode),
      country_code: string(person?.countryCode),
    }),
    birthdate: { type: "date", value: person?.birthdate ?? null },
    phone_number: string(person?.phoneNumber),
    email_address: string(person?.emailAddress),
  };
}

/** Returns the fields of an inquiry that identify and reach a person. */
function contactFields(person: Person | null): JsonObject {
  return {
    "name-first": string(person?.nameFirst),
    "name-last": string(person?.nameLast),
    birthdate: { type: "date", value: person?.birthdate ?? null },
    "phone-number": string(person?.phoneNumber),
    "email-address": string(person?.emailAddress),
  };
}

/** Returns the fields that an inquiry has of a person. */
export function personFields(person: Person | null): JsonObject {
  return {
    ...contactFields(person),
    "name-middle": string(person?.nameMiddle),
    "address-street-1": string(person?.street),
    "address-street-2": string(person?.unit),
    "address-city": string(person?.city),
    "address-subdivision": string(person?.subdivision),
    "address-postal-code": string(person?.postalCode),
    "address-country-code": string(person?.countryCode),
    "identification-number": string(person?.identificationNumber),
  };
}

function hash(value: JsonObject): JsonObject {
  return { type: "hash", value };
}

function string(value: string | undefined): JsonObject {
  return { type: "string", value: value ?? null };
}

/** Returns the URL of a picture; null without a person. */
export function photoUrl(
  person: Person | null,
  fileName: string,
): string | null {
  if (person === null) return null;
  return `https://files.example.com/samples/${fileName}`;
}
