/**
 * A durable inbox for Persona webhooks inside a program of your own, and the parts that
 * most programs need: check a signature, read an event with its type, make a sample.
 * The rest is in `@persona-inbox/persona-inbox/persona`.
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

export { createInbox, type Inbox } from "./app/inbox.ts";
export type {
  DestinationOptions,
  InboxOptions,
  RetentionOptions,
  TypedInboxOptions,
} from "./app/inbox_options.ts";
export type { EventsQuery } from "./app/events_query.ts";
export {
  defineHandlers,
  type EventContext,
  type EventHandler,
  type EventHandlers,
} from "./destinations/handlers.ts";
export { InboxError, StoreError, UsageError } from "./errors.ts";
export {
  type ExplainInput,
  explainSignature,
  type Explanation,
} from "./explain/explain_signature.ts";
export type { EventPage, Stats } from "./views/api_types.ts";
export type { LogEntry } from "./log.ts";
export {
  isEvent,
  parseEvent,
  type ParseResult,
  type PersonaEvent,
} from "./persona/event.ts";
export type { EventName, KnownEventName } from "./persona/event_names.ts";
export {
  createVerifier,
  sign,
  type SignatureResult,
  type Verifier,
  type VerifierOptions,
} from "./persona/signature.ts";
export { sampleEvent, type SampleOptions } from "./samples/samples.ts";
