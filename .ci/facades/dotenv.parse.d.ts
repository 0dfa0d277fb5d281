/**
 * Types of `@std/dotenv/parse` for the stand-in beside it: the signature of
 * the original. Copyright the Deno authors, MIT.
 *
 * @module
 */

export declare function parse(text: string): Record<string, string>;
