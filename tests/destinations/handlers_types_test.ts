/** What the compiler must take and refuse; the tests run only to be counted. */
import { assertEquals } from "@std/assert";
import {
  createInbox,
  defineHandlers,
  type EventHandler,
  type EventHandlers,
  type InboxOptions,
} from "../../lib/mod.ts";
import {
  createPayloadFilter,
  createVerifier,
  type Inquiry,
  isEvent,
  type PersonaEvent,
  type PersonaObject,
  type Report,
  type UnknownObject,
} from "../../lib/persona.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends
  (<T>() => T extends B ? 1 : 2) ? true : false;
type AssertTrue<T extends true> = T;

/** Compiles only if all are true. */
function types<_Claims extends readonly true[]>(): void {}

const handlers = defineHandlers({
  "inquiry.approved": async (event, { isLatest, attempt, signal }) => {
    types<[
      AssertTrue<Equal<typeof event, PersonaEvent<"inquiry.approved">>>,
      AssertTrue<Equal<typeof event.object, Inquiry | null>>,
      AssertTrue<Equal<typeof isLatest, boolean>>,
      AssertTrue<Equal<typeof attempt, number>>,
      AssertTrue<Equal<typeof signal, AbortSignal>>,
    ]>();
    // @ts-expect-error: no such attribute
    event.object?.attributes.statsu;
    // @ts-expect-error: the object may be missing
    event.object.attributes;
    await Promise.resolve();
  },
  "report/*": (event) => {
    types<[AssertTrue<Equal<typeof event.object, Report | null>>]>();
    // @ts-expect-error: no name that the glob matches
    if (event.name === "inquiry.approved") return;
  },
  "*.redacted"(event) {
    types<[AssertTrue<Equal<typeof event.object, PersonaObject | null>>]>();
  },
  "teapot.boiled"(event) {
    types<[AssertTrue<Equal<typeof event.object, UnknownObject | null>>]>();
  },
  async "*"(event, context) {
    types<[AssertTrue<Equal<typeof event, PersonaEvent<string>>>]>();
    // @ts-expect-error: not to be changed
    context.attempt = 2;
    await Promise.resolve();
  },
});

/** Never called: handlers in the options are typed and checked as by themselves. */
export function inPlace(
  known: EventHandlers,
  options: InboxOptions,
  event: PersonaEvent,
  maybe: number | undefined,
): void {
  const secrets = ["wbhsec_example"];
  createInbox({
    secrets,
    toleranceSeconds: maybe,
    handlers: {
      "inquiry.approved"(event) {
        types<[AssertTrue<Equal<typeof event.object, Inquiry | null>>]>();
      },
    },
  });
  createInbox({ secrets, handlers, onLog: undefined });
  createInbox({ secrets, handlers: known });
  createInbox(options);
  // @ts-expect-error: misspelled action
  createInbox({ secrets, handlers: { "inquiry.aproved": () => {} } });
  // @ts-expect-error: no such order
  createInbox({ secrets, destinations: [{ name: "app", order: () => 1 }] });
  // @ts-expect-error: the server's
  createInbox({ secrets, port: 3000 });
  createVerifier(secrets, { toleranceSeconds: maybe, clock: undefined });
  createPayloadFilter({})({ data: event.object, included: event.included });
}

/** Never called: the body is what is tested. */
export function refused(other: Record<string, EventHandler>): void {
  // @ts-expect-error: not a function
  defineHandlers({ "inquiry.approved": 1 });
  // @ts-expect-error: an event is no text
  defineHandlers({ "inquiry.approved": (_event: string) => {} });
  // @ts-expect-error: an event of another name
  defineHandlers({ "case.*": (_: PersonaEvent<"inquiry.approved">) => {} });
  // @ts-expect-error: what is returned gets lost
  defineHandlers({ "inquiry.approved": () => Promise.resolve(1) });
  // @ts-expect-error: so does the status of what the app answered
  defineHandlers({ "inquiry.approved": () => fetch("http://127.0.0.1/") });
  // @ts-expect-error: misspelled action
  defineHandlers({ "inquiry.aproved": () => {} });
  // @ts-expect-error: misspelled type of report
  defineHandlers({ "report/wathclist.*": () => {}, "inquiry.*": () => {} });
  // An action that Persona has added since is text to the compiler.
  defineHandlers({
    "inquiry.*": (event) => {
      if (isEvent(event, "inquiry.teleported" as string)) event.object?.id;
    },
  });
  // @ts-expect-error: a third argument never comes
  defineHandlers({ "*": (_event, _context, _third) => {} });
  // @ts-expect-error: no such handler
  handlers["inquiry.declined"];

  handlers satisfies EventHandlers;
  handlers["report/*"] satisfies EventHandler<PersonaEvent<`report/${string}`>>;
  other satisfies EventHandlers;
  // One for any event may stand anywhere.
  const any: EventHandler = (event) => void event.id;
  defineHandlers({ "inquiry.approved": any, "report/*": any, "*": any });
  defineHandlers({});
}

Deno.test("defineHandlers() gives back what it got", () => {
  const own = { "*": () => {} };
  assertEquals(defineHandlers(own), own);
  assertEquals(Object.keys(handlers), [
    "inquiry.approved",
    "report/*",
    "*.redacted",
    "teapot.boiled",
    "*",
  ]);
});
