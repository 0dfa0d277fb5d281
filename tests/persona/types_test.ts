/** What the compiler must take and refuse; the tests run only to be counted. */
import { assertEquals } from "@std/assert";
import { isEvent, type PersonaEvent } from "../../lib/persona/event.ts";
import type { EventName } from "../../lib/persona/event_names.ts";
import type { NameMatching } from "../../lib/persona/name_glob.ts";
import type {
  Account,
  Case,
  Document,
  Inquiry,
  InquirySession,
  InquiryStatus,
  ObjectFor,
  PersonaObject,
  Relationship,
  Report,
  Selfie,
  Transaction,
  UnknownObject,
  Verification,
} from "../../lib/persona/objects.ts";

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
  AssertTrue<Equal<ObjectFor<"report/watchlist.ready">, Report>>,
  AssertTrue<Equal<ObjectFor<"account.created">, Account>>,
  AssertTrue<Equal<ObjectFor<"case.reopened">, Case>>,
  AssertTrue<Equal<ObjectFor<"transaction.labeled">, Transaction>>,
  AssertTrue<Equal<ObjectFor<"document.processed">, Document>>,
  AssertTrue<Equal<ObjectFor<"selfie.processed">, Selfie>>,
  AssertTrue<Equal<ObjectFor<"inquiry-session.started">, InquirySession>>,
]>("ObjectFor maps an event name to its object");

types<[
  AssertTrue<Equal<ObjectFor<"workflow.published">, UnknownObject>>,
  AssertTrue<Equal<ObjectFor<"case-comment.created">, UnknownObject>>,
  AssertTrue<Equal<ObjectFor<"account-type.deleted-field">, UnknownObject>>,
  AssertTrue<Equal<ObjectFor<"teapot.boiled">, UnknownObject>>,
]>("ObjectFor maps names of other kinds to UnknownObject");

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
    event.object?.attributes.createdAt satisfies string | null | undefined;
  } else {
    types<[AssertTrue<Equal<typeof event, PersonaEvent>>]>("");
  }
  if (isEvent(event, "report/*")) {
    types<[AssertTrue<Equal<typeof event.object, Report | null>>]>("");
    if (event.name === "report/watchlist.ready") event.name satisfies string;
    // @ts-expect-error: no name that the glob matches
    if (event.name === "inquiry.approved") return;
  }
  if (isEvent(event, "*.redacted")) {
    types<[AssertTrue<Equal<typeof event.object, PersonaObject | null>>]>("");
  }
  if (isEvent(event, "teapot.boiled")) {
    types<[AssertTrue<Equal<typeof event.object, UnknownObject | null>>]>("");
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

/** Never called: the body is what is tested. */
export function shapes(inquiry: Inquiry, relationship: Relationship): void {
  "teleported" satisfies InquiryStatus;
  "teapot.boiled" satisfies EventName;
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
