/**
 * The parts that all of Persona's objects are made of: JSON:API resources, their
 * keys in camel case.
 *
 * @module
 */

import type { JsonObject, JsonValue } from "../json/json.ts";
import type { OpenUnion, Undocumented } from "./open_union.ts";

/** A resource in JSON:API form. */
export interface ResourceObject<
  Type extends string,
  Attributes,
  Relationships,
> {
  /** The resource type; inflection leaves it alone. */
  readonly type: Type;
  /** The id, opaque. */
  readonly id: string;
  /** The state of the object at the time of the event. */
  readonly attributes: Attributes;
  /** Other objects, by their role. */
  readonly relationships: Relationships;
}

/** An object of a type that is documented nowhere. */
export type UnknownObject<Type extends string = Undocumented> = ResourceObject<
  Type,
  Attributes,
  Relationships
>;

/** Attributes by name, of which none is documented. */
export interface Attributes {
  readonly [name: string]: JsonValue;
}

/** Relationships by name, of which none is documented. */
export interface Relationships {
  readonly [name: string]: Relationship;
}

/** A pointer to another object. */
export interface ResourceIdentifier<Type extends string = string> {
  /** The resource type, such as `inquiry`. */
  readonly type?: Type;
  /** The id, opaque. */
  readonly id?: string;
}

/** A pointer to one object, to several or to none. */
export interface Relationship {
  /** The objects pointed to; an object, a list or null by API version. */
  readonly data?: ResourceIdentifier | ResourceIdentifier[] | null;
}

/** A pointer to one object, or to none. */
export interface ToOne<Type extends string> {
  /** The object pointed to; null if there is none, which some API versions write `{}`. */
  readonly data?: ResourceIdentifier<OpenUnion<Type>> | null;
}

/** A pointer to any number of objects. */
export interface ToMany<Type extends string> {
  /** The objects pointed to; some API versions write null or `{}` if there is none. */
  readonly data?: ResourceIdentifier<OpenUnion<Type>>[] | null;
}

/** A field of a template, or of an account, case or transaction type. */
export interface Field {
  /** Such as `string`, `date` or `choices`. */
  readonly type?: string;
  /** The value, a nested structure for some types. */
  readonly value?: JsonValue;
}

/**
 * Fields by name, as the template spells it whatever the inflection of the
 * webhook; `field()` finds one by any spelling.
 */
export interface Fields {
  readonly [name: string]: Field | undefined;
}

/** A finding of a verification. */
export interface Check {
  /** The name of the check, such as `id_expired_detection`. */
  readonly name?: string;
  /** The outcome. */
  readonly status?: OpenUnion<"passed" | "failed" | "not_applicable">;
  /** Reasons for the outcome, in Persona's words. */
  readonly reasons?: (string | null)[];
  /** The part that the check has in the outcome of the verification. */
  readonly requirement?: OpenUnion<
    "required" | "not_required" | "requires_retry"
  >;
  /** Details. */
  readonly metadata?: JsonObject;
}
