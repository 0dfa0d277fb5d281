import type { NameMatching } from "./name_glob.ts";

/**
 * A name or glob, if it is spelled right: it matches a
 * known name, or begins with a word that no known one begins with. Otherwise
 * the known names that it could have meant, for the compiler to suggest.
 */
export type CheckedName<Glob extends string, Known extends string> =
  string extends Glob ? Glob
    : Extract<Known, NameMatching<Glob>> extends never
      ? Extract<Known, SameStart<Glob>> extends infer Meant
        ? [Meant] extends [never] ? Glob : Meant
      : never
    : Glob;

/** All names that begin with the same word. */
type SameStart<Glob extends string> = Glob extends `${infer Word}/${string}`
  ? `${Word}/${string}`
  : Glob extends `${infer Word}.${string}` ? `${Word}.${string}`
  : Glob;
