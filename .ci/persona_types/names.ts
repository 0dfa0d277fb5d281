/**
 * Names in TypeScript.
 *
 * @module
 */

import { camelKey } from "../../lib/persona/inflection.ts";

/** `GovernmentIdVerification` for `verification/government-id`. */
export function typeName(type: string): string {
  const [family = "", ...rest] = type.split("/");
  if (rest.length === 0 || family === "connect") return pascalCase(type);
  // An integration is a family within reports, and no part of the name.
  return pascalCase(rest.at(-1) ?? "") + pascalCase(family);
}

/** `GovernmentId` for `government-id`. */
export function pascalCase(name: string): string {
  const camel = camelKey(name.replaceAll("/", "-"));
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

/** A key in camel case, as a property is written. */
export function propertyName(key: string): string {
  const camel = camelKey(key);
  return /^[A-Za-z_$][\w$]*$/.test(camel) ? camel : JSON.stringify(camel);
}
