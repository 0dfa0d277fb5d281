/**
 * What the receiver is made of, for programs of your own: check a signature, read
 * an event with its type, make a sample.
 *
 * ```ts
 * import {
 *   createVerifier,
 *   isEvent,
 *   parseEvent,
 *   sampleEvent,
 *   sign,
 * } from "@persona-inbox/persona-inbox";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const sample = JSON.stringify(sampleEvent("inquiry.approved"));
 * const body = new TextEncoder().encode(sample);
 * const header = await sign("wbhsec_example", body);
 *
 * const verifier = await createVerifier(["wbhsec_example"]);
 * assert((await verifier.verify(header, body)).ok);
 *
 * const result = parseEvent(body);
 * assert(result.ok);
 * if (isEvent(result.event, "inquiry.approved")) {
 *   assertEquals(result.event.object?.attributes.status, "approved");
 * }
 * ```
 *
 * @module
 */

export type { Clock } from "./clock.ts";
export * from "./destinations/handlers.ts";
export * from "./errors.ts";
export * from "./app/inbox.ts";
export type { InboxOptions } from "./app/inbox_options.ts";
export type { LogEntry } from "./log.ts";
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
export * from "./persona/open_union.ts";
export * from "./persona/payload_filter.ts";
export * from "./persona/resource.ts";
export * from "./samples/parsed_sample.ts";
export * from "./samples/samples.ts";
export * from "./persona/signature.ts";
export * from "./persona/signature_header.ts";
