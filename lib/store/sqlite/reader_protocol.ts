/**
 * What a reader and its worker say to each other.
 *
 * @module
 */

import type { EventReader } from "../store.ts";

/** What can be read. */
export type Reads = Omit<EventReader, "close">;

/** What a read gives. */
export type ReadResult<Name extends keyof Reads> = Awaited<
  ReturnType<Reads[Name]>
>;

/** To the worker; each is answered once. */
export interface ReadRequest<Name extends keyof Reads = keyof Reads> {
  /** Stands in the answer, too. */
  readonly id: number;
  readonly path: string;
  readonly name: Name;
  readonly args: Parameters<Reads[Name]>;
}

/** What came of a read. */
export type ReadOutcome<Name extends keyof Reads = keyof Reads> =
  | { readonly ok: true; readonly result: ReadResult<Name> }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** From the worker. */
export interface ReadReply {
  readonly id: number;
  readonly outcome: ReadOutcome;
}
