/** What the compiler must take and refuse; the tests run only to be counted. */
import { assertEquals } from "@std/assert";
import {
  type Account,
  type Case,
  type ContextFor,
  type Document,
  type Documented,
  type EventName,
  type InboxNews,
  includedOf,
  type Inquiry,
  type InquirySession,
  type InquiryStatus,
  isEvent,
  isObject,
  type JsonObject,
  type KnownEventName,
  type KnownObjectType,
  type NameMatching,
  type ObjectFor,
  type ObjectOf,
  type PersonaEvent,
  type PersonaObject,
  type PersonaObjects,
  type Relationship,
  type Report,
  type Selfie,
  type Transaction,
  type UnknownObject,
  type Verification,
} from "../../lib/persona.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends
  (<T>() => T extends B ? 1 : 2) ? true : false;
type AssertTrue<T extends true> = T;

/** Compiles only if all are true. */
function types<_Claims extends readonly true[]>(name: string): void {
  Deno.test(name, () => assertEquals(typeof name, "string"));
}

types<[
  AssertTrue<Equal<ObjectFor<"inquiry.approved">, Inquiry>>,
  AssertTrue<Equal<ObjectFor<"inquiry.not-yet-known">, Inquiry>>,
  AssertTrue<Equal<ObjectFor<"verification.passed">, Verification>>,
  AssertTrue<
    Equal<ObjectFor<"report/watchlist.ready">, ObjectOf<"report/watchlist">>
  >,
  AssertTrue<
    Equal<
      ObjectFor<"report/sentilink-scores.ready">["type"],
      "report/integration/sentilink-scores"
    >
  >,
  AssertTrue<
    Equal<ObjectFor<"report/middesk.ready">["type"], "report/middesk">
  >,
  AssertTrue<Equal<ObjectFor<"account.created">, Account>>,
  AssertTrue<Equal<ObjectFor<"case.reopened">, Case>>,
  AssertTrue<Equal<ObjectFor<"transaction.labeled">, Transaction>>,
  AssertTrue<Equal<ObjectFor<"document.processed">, Document>>,
  AssertTrue<Equal<ObjectFor<"selfie.processed">, Selfie>>,
  AssertTrue<Equal<ObjectFor<"inquiry-session.started">, InquirySession>>,
]>("ObjectFor maps an event name to its object");

types<[
  AssertTrue<Equal<ObjectFor<"workflow.published">["type"], "workflow">>,
  AssertTrue<
    Equal<ObjectFor<"case-comment.created">, PersonaObjects["case-comment"]>
  >,
  AssertTrue<Equal<ObjectFor<"sar.filed">, UnknownObject<"sar">>>,
  AssertTrue<Equal<ObjectFor<"teapot.boiled">, UnknownObject>>,
]>("ObjectFor maps names of other kinds to what is known of them");

types<[
  AssertTrue<Equal<ObjectOf<"account">, Account>>,
  AssertTrue<Equal<ObjectOf<"account" | "case">, Account | Case>>,
  AssertTrue<Equal<ObjectOf<"verification/*">, Verification>>,
  AssertTrue<Equal<ObjectOf<"report/*">, Report>>,
  AssertTrue<Equal<ObjectOf<"document/*">, Document>>,
  AssertTrue<Equal<ObjectOf<"selfie/*">, Selfie>>,
  AssertTrue<Equal<ObjectOf<"*">, PersonaObject>>,
  AssertTrue<Equal<ObjectOf<string>, PersonaObject>>,
  AssertTrue<Equal<ObjectOf<"teapot">, UnknownObject>>,
  AssertTrue<
    Equal<{ [T in KnownObjectType]: PersonaObjects[T]["type"] }["user"], "user">
  >,
]>("ObjectOf maps a type or a glob to its objects");

types<[
  AssertTrue<
    Equal<
      ContextFor<"account.updated-tags">,
      { readonly addedTags?: string[]; readonly removedTags?: string[] }
    >
  >,
  AssertTrue<Equal<ContextFor<"inquiry.approved">, JsonObject>>,
  AssertTrue<Equal<ContextFor<"teapot.boiled">, JsonObject>>,
]>("ContextFor maps an event name to its context");

types<[
  AssertTrue<Equal<ObjectFor<EventName>, PersonaObject>>,
  AssertTrue<Equal<ObjectFor<string>, PersonaObject>>,
  AssertTrue<Equal<ObjectFor<`${string}.redacted`>, PersonaObject>>,
  AssertTrue<Equal<ObjectFor<`inquiry${string}`>, PersonaObject>>,
  AssertTrue<
    Equal<ObjectFor<"inquiry.approved" | "case.created">, Inquiry | Case>
  >,
]>("ObjectFor maps a name that can be anything to any object");

types<[
  AssertTrue<Equal<NameMatching<"inquiry.approved">, "inquiry.approved">>,
  AssertTrue<Equal<NameMatching<"inquiry.*">, `inquiry.${string}`>>,
  AssertTrue<Equal<NameMatching<"*">, string>>,
  AssertTrue<
    Equal<NameMatching<"report/*.ready">, `report/${string}.ready`>
  >,
]>("NameMatching turns a glob into a template");

types<[
  AssertTrue<
    Equal<PersonaEvent<"inquiry.approved"> extends PersonaEvent ? 1 : 0, 1>
  >,
  AssertTrue<
    Equal<
      PersonaEvent<"inquiry.approved"> extends PersonaEvent<`inquiry.${string}`>
        ? 1
        : 0,
      1
    >
  >,
  AssertTrue<
    Equal<PersonaEvent extends PersonaEvent<"inquiry.approved"> ? 1 : 0, 0>
  >,
  AssertTrue<
    Equal<
      PersonaEvent<"case.created"> extends PersonaEvent<"inquiry.approved"> ? 1
        : 0,
      0
    >
  >,
]>("PersonaEvent of a name is a PersonaEvent, and not the other way");

/** Never called: the body is what is tested. */
export function narrowing(event: PersonaEvent, anyGlob: string): void {
  if (isEvent(event, "inquiry.approved")) {
    types<[
      AssertTrue<Equal<typeof event.name, "inquiry.approved">>,
      AssertTrue<Equal<typeof event.object, Inquiry | null>>,
    ]>("");
    // @ts-expect-error: the object may be missing
    event.object.attributes;
    // @ts-expect-error: no such attribute
    event.object?.attributes.statsu;
    // @ts-expect-error: the keys are in camel case
    event.object?.attributes["created-at"];
    // @ts-expect-error: every attribute may be missing
    event.object?.attributes.createdAt satisfies string;
    event.object?.attributes.createdAt satisfies string | undefined;
    event.object?.attributes.failedAt satisfies string | null | undefined;
    event.object?.attributes.nameFirst satisfies string | null | undefined;
    // @ts-expect-error: nullable
    event.object?.attributes.failedAt satisfies string | undefined;
    // @ts-expect-error: no such relationship
    event.object?.relationships.acount;
    // @ts-expect-error: an account is no inquiry
    event.object?.relationships.account?.data?.type === "inquiry";
  } else {
    types<[AssertTrue<Equal<typeof event, PersonaEvent>>]>("");
  }
  if (isEvent(event, "report/*")) {
    types<[AssertTrue<Equal<typeof event.object, Report | null>>]>("");
    event.object?.attributes.hasMatch satisfies boolean | undefined;
    if (event.name === "report/watchlist.ready") event.name satisfies string;
    // @ts-expect-error: no name that the glob matches
    if (event.name === "inquiry.approved") return;
  }
  if (isEvent(event, "*.redacted")) {
    types<[AssertTrue<Equal<typeof event.object, PersonaObject | null>>]>("");
  }
  if (isEvent(event, "account.updated-tags")) {
    event.context?.addedTags satisfies string[] | undefined;
    // @ts-expect-error: no such key
    event.context?.addedTag;
  }
  // A glob known only at run time narrows nothing, the false branch included.
  if (isEvent(event, anyGlob)) {
    types<[AssertTrue<Equal<typeof event, PersonaEvent>>]>("");
  } else {
    types<[AssertTrue<Equal<typeof event, PersonaEvent>>]>("");
  }
  // @ts-expect-error: a glob is text
  isEvent(event, 1);
}

/** A helper over names, as programs write them: it compiles. */
export function only<Name extends KnownEventName>(
  event: PersonaEvent,
  name: Name,
): ObjectFor<Name> | null {
  return isEvent(event, name) ? event.object : null;
}

/** Never called: the body is what is tested. */
export function spelling(event: PersonaEvent, object: PersonaObject): void {
  // @ts-expect-error: misspelled action
  isEvent(event, "inquiry.aproved");
  // @ts-expect-error: misspelled type of report
  isEvent(event, "report/wathclist.ready");
  // @ts-expect-error: a glob that matches nothing known
  isEvent(event, "report/*.redy");
  // @ts-expect-error: misspelled type
  isObject(object, "verification/goverment-id");
  // @ts-expect-error: misspelled type
  includedOf(event, "selfie/center");
  // @ts-expect-error: misspelled type
  if (object.type === "acount") return;

  // What Persona adds is taken: a new word as it is, a new action as text.
  if (isEvent(event, "teapot.boiled")) {
    types<[AssertTrue<Equal<typeof event.object, UnknownObject | null>>]>("");
  }
  isEvent(event, "inquiry.teleported" as string);
  isEvent(event, "*.redacted");
  isEvent(event, "inquiry.re*");
  isObject(object, "teapot");
  isObject(object, "verification/telepathy" as string);
  if ((object.type as string) === "acount") return;
}

/** Never called: the body is what is tested. */
export function objects(event: PersonaEvent, object: PersonaObject): void {
  if (isObject(object, "verification/government-id")) {
    types<[
      AssertTrue<
        Equal<typeof object, PersonaObjects["verification/government-id"]>
      >,
    ]>("");
    object.attributes.checks?.[0]?.status satisfies string | undefined;
    object.relationships.inquiry?.data?.id satisfies string | undefined;
  } else if (isObject(object, "verification/*")) {
    object.attributes.status satisfies string | undefined;
    // @ts-expect-error: not an attribute of all verifications
    object.attributes.centerPhotoUrl;
    if (object.type === "verification/selfie") {
      object.attributes.centerPhotoUrl satisfies string | null | undefined;
    }
  }
  const [account] = includedOf(event, "account");
  types<[AssertTrue<Equal<typeof account, Account | undefined>>]>("");
  for (const included of event.included) {
    if (included.type !== "inquiry-session") continue;
    types<[AssertTrue<Equal<typeof included, InquirySession>>]>("");
  }
  for (const verification of includedOf(event, "verification/*")) {
    types<[AssertTrue<Equal<typeof verification, Verification>>]>("");
  }
  if (isObject(event.object, "inquiry")) event.object.attributes.status;
}

/** Never called: the body is what is tested. */
export function statuses(inquiry: Inquiry): string {
  const { status } = inquiry.attributes;
  // @ts-expect-error: misspelled
  if (status === "aproved") return status;
  if ((status as string) === "teleported") return status ?? "";
  status satisfies string | undefined;
  switch (status) {
    case "approved":
      return status satisfies "approved";
    // @ts-expect-error: misspelled
    case "declnd":
      return "";
    case undefined:
      return "";
    default:
      return status;
  }
}

// @ts-expect-error: Persona may add statuses, so that nothing is returned for them
export function decide(status: "approved" | InquiryStatus): boolean {
  switch (status) {
    case "approved":
    case "completed":
    case "created":
    case "pending":
      return true;
    case "declined":
    case "expired":
    case "failed":
    case "needs_review":
      return false;
  }
}

/** Never called: the body is what is tested. */
export function shapes(inquiry: Inquiry, relationship: Relationship): void {
  "approved" satisfies InquiryStatus;
  "teapot.boiled" satisfies EventName;
  // @ts-expect-error: a table must have all that are documented
  ({ approved: "yes" }) satisfies Record<Documented<InquiryStatus>, string>;
  ({
    approved: "1",
    completed: "2",
    created: "3",
    declined: "4",
    expired: "5",
    failed: "6",
    needs_review: "7",
    pending: "8",
  }) satisfies Record<Documented<InquiryStatus>, string>;
  // @ts-expect-error: a status is text
  1 satisfies InquiryStatus;
  // @ts-expect-error: events are not to be changed
  inquiry.id = "inq_2";
  // @ts-expect-error: data may be a list
  relationship.data?.id;
  if (!Array.isArray(relationship.data)) {
    relationship.data?.id satisfies string | undefined;
  }
  if ("newAttribute" in inquiry.attributes) {
    inquiry.attributes.newAttribute satisfies unknown;
  }
}

types<[
  AssertTrue<Equal<ObjectFor<"inbox.dead-letter">, InboxNews>>,
  AssertTrue<Equal<ObjectFor<"inbox.*">, InboxNews>>,
  AssertTrue<
    PersonaEvent<"inbox.dead-letter"> extends PersonaEvent ? true : false
  >,
]>("the inbox's own news are typed");
