/**
 * The frame of resources in a payload, keys in kebab case.
 *
 * @module
 */

import type { JsonObject } from "../json/json.ts";

/** A resource in JSON:API form. */
export interface SampleResource extends JsonObject {
  /** The resource type. */
  type: string;
  /** The id. */
  id: string;
  /** The attributes. */
  attributes: JsonObject;
  /** The relationships; some types have none. */
  relationships?: JsonObject;
}

/** The payload of an event. */
export interface SamplePayload extends JsonObject {
  /** The object that the event is about. */
  data: SampleResource;
  /** The objects that come along; some kinds of events have no such list. */
  included?: SampleResource[];
}

/** Returns a relationship to one resource, or to none. */
export function toOne(type: string, id: string | null): JsonObject {
  return { data: id === null ? null : { type, id } };
}

/** Returns a relationship to the given resources. */
export function toMany(
  ...resources: readonly { readonly type: string; readonly id: string }[]
): JsonObject {
  return { data: resources.map(({ type, id }) => ({ type, id })) };
}
