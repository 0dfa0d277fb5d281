/**
 * What events are about, typed: Persona's resources in JSON:API form, their
 * keys in camel case.
 *
 * The types say what Persona documents, not what must be there. Every attribute
 * is optional, as attribute blocklists can take any away (Persona docs:
 * Attribute blocklists), and may be null; statuses are open. An attribute that
 * is not listed is reached with `"name" in object.attributes`.
 *
 * ```ts
 * import type { Inquiry, ObjectFor } from "@persona-inbox/persona-inbox";
 * import { assertEquals } from "@std/assert";
 *
 * const inquiry: ObjectFor<"inquiry.approved"> = {
 *   type: "inquiry",
 *   id: "inq_1",
 *   attributes: { status: "approved" },
 *   relationships: {},
 * } satisfies Inquiry;
 * assertEquals(inquiry.attributes.status, "approved");
 * ```
 *
 * @module
 */

import type { EventName } from "./event_names.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { OpenUnion } from "./open_union.ts";

/** Attributes of which each may be absent or null. */
export type Attributes<Listed> = {
  readonly [Key in keyof Listed]?: Listed[Key] | null;
};

/** A pointer to another object. Both parts are absent in `{}`. */
export interface ResourceIdentifier {
  /** The resource type, such as `inquiry`. */
  readonly type?: string;
  /** The id, opaque. */
  readonly id?: string;
}

/** `data` is an object, an array, `{}` or null, depending on API version. */
export interface Relationship {
  /** What is pointed to. */
  readonly data?: ResourceIdentifier | ResourceIdentifier[] | null;
}

/** A resource in JSON:API form. */
export interface ResourceObject<Type extends string, Listed> {
  /** The resource type; inflection leaves it alone. */
  readonly type: Type;
  /** The id, opaque. */
  readonly id: string;
  /** What is known of the object at the time of the event. */
  readonly attributes: Attributes<Listed>;
  /** Other objects, by the name of their part. */
  readonly relationships: { readonly [name: string]: Relationship };
}

/** A field of a template, or of an account, case or transaction type. */
export interface Field {
  /** Such as `string`, `date` or `choices`. */
  readonly type?: string;
  /** The value, a nested structure for some types. */
  readonly value?: JsonValue;
}

/** Fields by name. */
export interface Fields {
  readonly [name: string]: Field | undefined;
}

/** One finding of a verification. */
export interface Check {
  /** What was looked at. */
  readonly name?: string;
  /** How it came out. */
  readonly status?: OpenUnion<"passed" | "failed" | "not_applicable">;
  /** Why, in Persona's words. */
  readonly reasons?: string[];
  /** Whether it decides the outcome. */
  readonly requirement?: OpenUnion<"required" | "not_required">;
  /** Details. */
  readonly metadata?: JsonObject;
}

/** Attributes of a person, spread over several resources. */
interface PersonAttributes {
  nameFirst: string;
  nameMiddle: string;
  nameLast: string;
  birthdate: string;
  addressStreet1: string;
  addressStreet2: string;
  addressCity: string;
  addressSubdivision: string;
  addressPostalCode: string;
  countryCode: string;
  phoneNumber: string;
  emailAddress: string;
}

interface LifecycleAttributes {
  status: string;
  createdAt: string;
  updatedAt: string;
  redactedAt: string;
  tags: string[];
}

/** Statuses of an inquiry. `completed` is finished, not passed. */
export type InquiryStatus = OpenUnion<
  | "created"
  | "pending"
  | "completed"
  | "failed"
  | "expired"
  | "needs_review"
  | "approved"
  | "declined"
>;

/** What Persona documents of an inquiry (Persona docs: Inquiries). */
export interface InquiryAttributes
  extends Omit<LifecycleAttributes, "status">, PersonAttributes {
  status: InquiryStatus;
  referenceId: string;
  note: string;
  behaviors: { readonly [name: string]: JsonValue | undefined };
  creator: string;
  reviewerComment: string;
  startedAt: string;
  expiresAt: string;
  completedAt: string;
  failedAt: string;
  markedForReviewAt: string;
  decisionedAt: string;
  expiredAt: string;
  previousStepName: string;
  nextStepName: string;
  fields: Fields;
}

/** One person's way through a template. */
export type Inquiry = ResourceObject<"inquiry", InquiryAttributes>;

/** What Persona documents of a verification (Persona docs: Verifications). */
export interface VerificationAttributes
  extends Omit<LifecycleAttributes, "status">, PersonAttributes {
  status: OpenUnion<
    | "initiated"
    | "submitted"
    | "passed"
    | "failed"
    | "requires_retry"
    | "canceled"
    | "confirmed"
    | "skipped"
  >;
  submittedAt: string;
  completedAt: string;
  checks: Check[];
  idClass: string;
  identificationNumber: string;
  captureMethod: string;
  confidenceScore: number;
}

/** One proof within an inquiry, such as `verification/government-id`. */
export type Verification = ResourceObject<
  OpenUnion<"verification/government-id" | "verification/selfie">,
  VerificationAttributes
>;

/** What Persona documents of a report (Persona docs: Reports). */
export interface ReportAttributes extends Omit<LifecycleAttributes, "status"> {
  status: OpenUnion<"pending" | "ready" | "errored">;
  completedAt: string;
  reportTemplateVersionName: string;
  hasMatch: boolean;
  isContinuous: boolean;
  query: JsonObject;
  result: JsonValue;
}

/** A lookup in outside sources, such as `report/watchlist`. */
export type Report = ResourceObject<
  OpenUnion<
    | "report/watchlist"
    | "report/adverse-media"
    | "report/politically-exposed-person"
  >,
  ReportAttributes
>;

/** What Persona documents of an account (Persona docs: Accounts). */
export interface AccountAttributes
  extends Omit<LifecycleAttributes, "status">, PersonAttributes {
  status: string;
  accountStatus: string;
  accountTypeName: string;
  referenceId: string;
  fields: Fields;
}

/** A person or business over time. */
export type Account = ResourceObject<"account", AccountAttributes>;

/** What Persona documents of a case (Persona docs: Cases). */
export interface CaseAttributes extends Omit<LifecycleAttributes, "status"> {
  status: OpenUnion<"Open" | "Pending" | "Closed">;
  name: string;
  resolution: string;
  assignedAt: string;
  resolvedAt: string;
  slaExpiresAt: string;
  creatorId: string;
  creatorType: string;
  assigneeId: string;
  assignerId: string;
  assignerType: string;
  updaterId: string;
  updaterType: string;
  fields: Fields;
}

/** A piece of work for a reviewer. */
export type Case = ResourceObject<"case", CaseAttributes>;

/** What Persona documents of a transaction (Persona docs: Transactions). */
export interface TransactionAttributes extends LifecycleAttributes {
  referenceId: string;
  fields: Fields;
}

/** An occurrence to be monitored, of a type that the customer defines. */
export type Transaction = ResourceObject<"transaction", TransactionAttributes>;

/** What Persona documents of a document (Persona docs: Documents). */
export interface DocumentAttributes
  extends Omit<LifecycleAttributes, "status">, PersonAttributes {
  status: OpenUnion<
    "initiated" | "pending" | "submitted" | "processed" | "errored"
  >;
  kind: string;
  files: JsonObject[];
  filesNormalized: JsonObject[];
  processedAt: string;
  identificationNumber: string;
}

/** Uploaded papers, such as `document/government-id`. */
export type Document = ResourceObject<
  OpenUnion<"document/government-id" | "document/generic">,
  DocumentAttributes
>;

/** What Persona documents of a selfie (Persona docs: Selfies). */
export interface SelfieAttributes extends Omit<LifecycleAttributes, "status"> {
  status: OpenUnion<"initiated" | "submitted" | "processed" | "errored">;
  captureMethod: string;
  centerPhotoUrl: string;
  leftPhotoUrl: string;
  rightPhotoUrl: string;
  processedAt: string;
}

/** A face photographed, such as `selfie/profile-and-center`. */
export type Selfie = ResourceObject<
  OpenUnion<"selfie/profile-and-center" | "selfie/center">,
  SelfieAttributes
>;

/** What Persona documents of a session (Persona docs: Inquiry sessions). */
export interface InquirySessionAttributes
  extends Omit<LifecycleAttributes, "status"> {
  status: OpenUnion<"new" | "pending" | "active" | "expired" | "canceled">;
  startedAt: string;
  expiredAt: string;
  ipAddress: string;
  userAgent: string;
  osName: string;
  osFullVersion: string;
  deviceType: string;
  deviceName: string;
  browserName: string;
  browserFullVersion: string;
  isProxy: boolean;
  isTor: boolean;
  isDatacenter: boolean;
  isVpn: boolean;
  threatLevel: OpenUnion<"low" | "medium" | "high">;
  countryCode: string;
  regionCode: string;
  regionName: string;
  latitude: number;
  longitude: number;
}

/** One device's visit to an inquiry. */
export type InquirySession = ResourceObject<
  "inquiry-session",
  InquirySessionAttributes
>;

/** An object of any other kind, or one this version knows nothing about. */
export interface UnknownObject {
  /** The resource type. */
  readonly type: string;
  /** The id, opaque. */
  readonly id: string;
  /** What is known of the object at the time of the event. */
  readonly attributes: { readonly [name: string]: JsonValue };
  /** Other objects, by the name of their part. */
  readonly relationships: { readonly [name: string]: Relationship };
}

/** Any object. */
export type PersonaObject =
  | Inquiry
  | Verification
  | Report
  | Account
  | Case
  | Transaction
  | Document
  | Selfie
  | InquirySession
  | UnknownObject;

/**
 * The object that an event of a name is about: `inquiry.approved` has an
 * {@linkcode Inquiry}. A name that is only known to be text, or that begins
 * with a wildcard, can be about anything.
 */
export type ObjectFor<Name extends EventName> = string extends Name
  ? PersonaObject
  : ObjectForPrefix<Name>;

type ObjectForPrefix<Name extends string> = Name extends `inquiry.${string}`
  ? Inquiry
  : Name extends `verification.${string}` ? Verification
  : Name extends `report/${string}` ? Report
  : Name extends `account.${string}` ? Account
  : Name extends `case.${string}` ? Case
  : Name extends `transaction.${string}` ? Transaction
  : Name extends `document.${string}` ? Document
  : Name extends `selfie.${string}` ? Selfie
  : Name extends `inquiry-session.${string}` ? InquirySession
  : IsPattern<Name> extends true ? PersonaObject
  : UnknownObject;

/** A pattern makes an index signature, which `{}` satisfies; a literal a key. */
type IsPattern<Name extends string> = Record<never, never> extends
  Record<Name, unknown> ? true : false;
