/**
 * Event handlers: code of your own that receives the events, typed by their names.
 *
 * ```ts
 * import { defineHandlers } from "@persona-inbox/persona-inbox";
 *
 * export default defineHandlers({
 *   "inquiry.approved": async (event) => {
 *     await approve(event.object?.attributes.referenceId);
 *   },
 *   "report/*": (event) => {
 *     if (event.object?.attributes.hasMatch) console.log(event.object.id);
 *   },
 * });
 *
 * async function approve(_referenceId: string | null | undefined) {}
 * ```
 *
 * @module
 */

import type { PersonaEvent } from "../persona/event.ts";
import type { KnownEventName } from "../persona/event_names.ts";
import type { OwnEventName } from "../persona/own_events.ts";
import type { NameMatching } from "../persona/name_glob.ts";
import type { CheckedName } from "../persona/checked_name.ts";

/** The context of an event, for its handler. */
export interface EventContext {
  /**
   * True if no newer event of the same object is known here, of *any* name: after
   * `inquiry.approved` that may be `inquiry.marked-for-review` or a mere
   * `inquiry.updated`. Use it only for work that a newer event makes useless, such as
   * refreshing a copy: otherwise an approval that is retried after a failure would never
   * be acted on. Each object's events come in order in any case.
   */
  readonly isLatest: boolean;
  /** The number of this attempt, from 1: an event is retried until its handlers succeed. */
  readonly attempt: number;
  /**
   * Aborted when the attempt has taken too long (a module's `timeoutMs`; 10 s in
   * `createInbox()`), or the inbox is stopping. Pass it on to `fetch()` and the like, and
   * end when it is aborted: in `createInbox()` a handler that runs on holds up its
   * object, as no other one starts beside it.
   */
  readonly signal: AbortSignal;
}

/**
 * A function that takes an event. The event is done when it returns, or when its promise
 * resolves; when it throws or rejects, the event comes again. It returns nothing: nobody
 * would look at the status of a `Response`.
 */
export type EventHandler<Event extends PersonaEvent = PersonaEvent> = (
  event: Event,
  context: EventContext,
) => void | Promise<void>;

/** Event handlers by event name or glob. */
export type EventHandlers = Readonly<
  Record<string, EventHandler<PersonaEvent<never>>>
>;

/** A name that a handler can be for: of Persona's catalog, or of the inbox's own news. */
type HandledName = KnownEventName | OwnEventName;

/** Event handlers with checked names, each typed by its name. */
export type HandlersByName<Glob extends string> =
  // Editors complete from the first part; the second is inferred.
  & { readonly [Known in HandledName]?: EventHandler<PersonaEvent<Known>> }
  & { readonly [Each in Glob]: HandlerFor<Each> };

/** An event handler; for a misspelled name, a type that no function has. */
type HandlerFor<Glob extends string> = Glob extends
  CheckedName<Glob, HandledName>
  ? EventHandler<PersonaEvent<NameMatching<Glob>>>
  : (event: DidYouMean<CheckedName<Glob, HandledName>>) => never;

/** Shows similar names in the compiler's message about a misspelled one. */
interface DidYouMean<Names> {
  readonly didYouMean: Names;
}

/**
 * Types event handlers by their keys, event names and globs, see `matchesGlob()`. All that
 * match an event run one after another, in the order of the keys, until one throws; an
 * event that none matches is ignored.
 *
 * @param handlers An event handler for each name or glob.
 * @returns The same.
 * @example Usage
 * ```ts
 * import { defineHandlers } from "@persona-inbox/persona-inbox";
 *
 * export default defineHandlers({
 *   "inquiry.*": (event, { attempt, signal }) => {
 *     signal.throwIfAborted();
 *     console.log(event.name, event.object?.attributes.status, attempt);
 *   },
 * });
 * ```
 */
export function defineHandlers<Glob extends string>(
  handlers: HandlersByName<Glob>,
): { readonly [Each in Glob]: EventHandler<PersonaEvent<NameMatching<Each>>> } {
  return handlers;
}
