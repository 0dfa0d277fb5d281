/**
 * Persona's objects, typed: what events are about and what comes along.
 *
 * The types say what Persona documents, not what must be there. Every attribute
 * is optional, as attribute blocklists can take any away (Persona docs: Attribute
 * blocklists), and statuses are open. An attribute that is not listed is reached
 * with `"name" in object.attributes`.
 *
 * ```ts
 * import {
 *   isObject,
 *   type Inquiry,
 *   type PersonaObject,
 * } from "@persona-inbox/persona-inbox/persona";
 * import { assertEquals } from "@std/assert";
 *
 * const inquiry: Inquiry = {
 *   type: "inquiry",
 *   id: "inq_1",
 *   attributes: { status: "approved" },
 *   relationships: {},
 * };
 * const object: PersonaObject = inquiry;
 * assertEquals(isObject(object, "inquiry") && object.attributes.status, "approved");
 * ```
 *
 * @module
 */

import type { EventName } from "./event_names.ts";
import type { OtherDocument } from "./generated/documents.ts";
import type { InquiryAttributes } from "./generated/objects.ts";
import type {
  EventContexts,
  ObjectsByKind,
  PersonaObjects,
} from "./generated/persona_objects.ts";
import type { OtherReport, Report } from "./generated/reports.ts";
import type { OtherVerification } from "./generated/verifications.ts";
import type { JsonObject } from "../json/json.ts";
import { matchesGlob, type NameMatching } from "./name_glob.ts";
import type { InboxNews } from "./own_events.ts";
import type { Suggested } from "./open_union.ts";
import type { UnknownObject } from "./resource.ts";
import type { CheckedName } from "./checked_name.ts";

/** A type of object that Persona documents. */
export type KnownObjectType = keyof PersonaObjects;

/** Any type of object: editors offer the known ones, the compiler takes all. */
export type ObjectType = Suggested<KnownObjectType>;

/** Any object. */
export type PersonaObject =
  | PersonaObjects[KnownObjectType]
  | OtherDocument
  | OtherReport
  | OtherVerification
  | UnknownObject;

/** The statuses of an inquiry. `completed` is finished, not passed. */
export type InquiryStatus = NonNullable<InquiryAttributes["status"]>;

/**
 * The object of a type, or of the types that a glob matches: `verification/*`
 * stands for all verifications. A type that is not documented gives an
 * {@linkcode UnknownObject}.
 */
export type ObjectOf<Type extends string> = string extends Type ? PersonaObject
  : Type extends infer Known extends KnownObjectType ? PersonaObjects[Known]
  : Extract<KnownObjectType, NameMatching<Type>> extends never ? UnknownObject
  : Extract<PersonaObject, { readonly type: NameMatching<Type> }>;

/**
 * The object that an event of a name is about: `inquiry.approved` has an
 * {@linkcode Inquiry}. A name that is only known to be text, or that begins
 * with a wildcard, can be about anything.
 */
export type ObjectFor<Name extends EventName> = string extends Name
  ? PersonaObject
  : ObjectForName<Name>;

type ObjectForName<Name extends string> = Name extends `inbox.${string}`
  ? InboxNews
  : Name extends `${infer Kind extends keyof ObjectsByKind}.${string}`
    ? ObjectsByKind[Kind]
  : Name extends `report/${string}` ? Report
  : IsPattern<Name> extends true ? PersonaObject
  : UnknownObject;

/**
 * The context of an event of a name: what it tells beside its object, such as the
 * tags that were added.
 */
export type ContextFor<Name extends EventName> = Name extends
  infer Known extends keyof EventContexts ? EventContexts[Known] : JsonObject;

/** A pattern makes an index signature, which `{}` satisfies; a literal a key. */
type IsPattern<Name extends string> = Record<never, never> extends
  Record<Name, unknown> ? true : false;

/**
 * Returns whether an object is of a type, or of one that a glob matches, and
 * narrows its type accordingly. A misspelled type is a type error where its first
 * part is known.
 *
 * @param object An object, or nothing.
 * @param type A type or a glob, see {@linkcode matchesGlob}.
 * @returns Whether the type of `object` matches.
 * @example Usage
 * ```ts
 * import { isEvent, isObject, type PersonaEvent } from "@persona-inbox/persona-inbox/persona";
 *
 * function handle(event: PersonaEvent) {
 *   if (!isEvent(event, "verification.passed")) return;
 *   if (isObject(event.object, "verification/government-id")) {
 *     console.log(event.object.attributes.expirationDate);
 *   }
 * }
 * ```
 */
export function isObject<Type extends ObjectType>(
  object: PersonaObject | null | undefined,
  type: string extends Type ? never : CheckedName<Type, KnownObjectType>,
): object is ObjectOf<Type>;
export function isObject<Type extends ObjectType>(
  object: PersonaObject | null | undefined,
  type: string extends Type ? Type : never,
): boolean;
export function isObject(
  object: PersonaObject | null | undefined,
  type: string,
): boolean {
  return object ? matchesGlob(type, object.type) : false;
}
