/**
 * Unions that grow without notice.
 *
 * ```ts
 * import type { OpenUnion } from "@persona-inbox/persona-inbox/persona";
 *
 * function isDone(status: OpenUnion<"pending" | "ready">): boolean {
 *   switch (status) {
 *     case "pending":
 *       return false;
 *     case "ready":
 *       return true;
 *     default: // A status that Persona has added since.
 *       return (status as string) === "archived";
 *   }
 * }
 * ```
 *
 * @module
 */

/** Never there at run time: an enum is a text that equals no literal. */
declare enum Undocumented {
  Value = "(undocumented)",
}

/**
 * A text that is none of the documented ones. Comparing it to a literal is a type
 * error, which finds misspelled ones; compare `status as string` where you know of
 * a value that is documented nowhere.
 */
export type { Undocumented };

/**
 * The documented values of a union, such as the keys of a table of labels:
 * `Record<Documented<InquiryStatus>, string>`.
 */
export type Documented<Union extends string> = Exclude<Union, Undocumented>;

/** Any text: editors offer the known ones, the compiler takes all. */
export type Suggested<Known extends string> =
  | Known
  | (string & Record<never, never>);

/** A documented value, or one that Persona has added since. */
export type OpenUnion<Known extends string> = Known | Undocumented;
