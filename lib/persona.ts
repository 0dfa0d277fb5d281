/**
 * Persona's webhooks as data: names and types of events and objects, signatures,
 * payload filters, spellings of keys, masking, samples. Nothing here does I/O.
 *
 * ```ts
 * import { isEvent, parseEvent, sampleEvent } from "@persona-inbox/persona-inbox";
 * import { field, includedOf } from "@persona-inbox/persona-inbox/persona";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const sample = JSON.stringify(sampleEvent("inquiry.approved"));
 * const result = parseEvent(new TextEncoder().encode(sample));
 * assert(result.ok && isEvent(result.event, "inquiry.approved"));
 * assertEquals(typeof field(result.event.object, "name-first")?.value, "string");
 * assert(Array.isArray(includedOf(result.event, "verification/*")));
 * ```
 *
 * @module
 */

export type { Clock } from "./clock.ts";
export * from "./persona/delivery_headers.ts";
export * from "./persona/event.ts";
export * from "./persona/event_names.ts";
export type {
  InquiryAttributes,
  InquiryRelationships,
} from "./persona/generated/objects.ts";
export type { Document } from "./persona/generated/documents.ts";
export type {
  Account,
  Case,
  Inquiry,
  InquirySession,
  Transaction,
} from "./persona/generated/objects.ts";
export type {
  EventContexts,
  ObjectsByKind,
  PersonaObjects,
} from "./persona/generated/persona_objects.ts";
export type { Report } from "./persona/generated/reports.ts";
export type { Selfie } from "./persona/generated/selfies.ts";
export type { Verification } from "./persona/generated/verifications.ts";
export { field } from "./persona/field.ts";
export * from "./explain/explain_signature.ts";
export {
  camelKey,
  camelKeys,
  type Inflection,
  INFLECTIONS,
  inflectKeys,
} from "./persona/inflection.ts";
export * from "./json/json.ts";
export * from "./persona/mask.ts";
export * from "./persona/name_glob.ts";
export * from "./persona/objects.ts";
export type { InboxNews, OwnEventName } from "./persona/own_events.ts";
export * from "./persona/open_union.ts";
export * from "./persona/payload_filter.ts";
export * from "./persona/resource.ts";
export * from "./samples/parsed_sample.ts";
export * from "./samples/samples.ts";
export * from "./persona/signature.ts";
export * from "./persona/signature_header.ts";
