import type { JsonObject } from "../json/json.ts";

/** A resource in JSON:API form; some types have `relationships`, too. */
export interface SampleResource extends JsonObject {
  type: string;
  id: string;
  attributes: JsonObject;
}

/** The parts of an event's payload. */
export interface SamplePayload {
  /** The object that the event is about. */
  data: SampleResource;
  /** The objects that come along; some kinds of events have no such list. */
  included?: SampleResource[] | null;
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
