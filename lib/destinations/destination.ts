/**
 * What a destination promises, whatever is behind it: a URL, a command, a module.
 *
 * - **One attempt, one outcome.** `attempt()` resolves with what came of it and
 *   never rejects, whatever the other side does. It decides nothing: whether and
 *   when to try again is the dispatcher's business.
 * - **Bounded.** It takes no longer than the destination's timeout and a moment, and
 *   keeps no more of what the other side says than {@linkcode OUTPUT_BYTES_MAX}.
 * - **Alone.** Attempts for different objects run side by side and do not disturb each
 *   other.
 * - **Exact.** The other side gets the bytes that Persona sent.
 *
 * @module
 */

import type { DeliveryHeaders } from "../persona/delivery_headers.ts";

/** How much of an answer or of a command's output is kept with the attempt. */
export const OUTPUT_BYTES_MAX = 4_096;

/** One event on its way to one destination. */
export interface Dispatch {
  readonly eventId: string;
  readonly eventName: string;
  readonly objectId: string | null;
  readonly contentType: string | null;
  /** Persona's count of its attempts at the delivery, as received. */
  readonly delivery: DeliveryHeaders;
  /** The raw body as Persona sent it; not to be changed. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Counted from 1, over restarts and replays. */
  readonly attempt: number;
  /** Whether a newer event of the same object was already delivered there. */
  readonly isStale: boolean;
  /**
   * Whether no newer event of the same object is known that goes there; where order
   * does not matter, one that still waits is not known.
   */
  readonly isLatest: boolean;
}

/** Why an attempt failed. */
export type AttemptFault =
  /** Nobody answered: refused, no such host, a broken TLS handshake. */
  /** No connection: refused, or no way there. */
  | "unreachable"
  /** The host name cannot be resolved. */
  | "unresolved"
  /** No TLS: its certificate is not trusted, or what listens does not speak it. */
  | "untrusted"
  /** The connection ended before the answer did. */
  | "broken-off"
  /** No result within the destination's timeout. */
  | "timeout"
  /** An HTTP status other than 2xx; `code` has it. */
  | "status"
  /** An HTTP redirect, which is not followed; `code` has it. */
  | "redirect"
  /** The command, or the process of the module, could not be started. */
  | "not-started"
  /** The command ended with an exit code other than 0; `code` has it. */
  | "exit-code"
  /** The command was ended by a signal that was not ours. */
  | "signal"
  /** The module's function threw or rejected. */
  | "threw"
  /** The module could not be loaded, or ended while the function ran. */
  | "module-failed"
  /** The inbox ended before the attempt did. */
  | "unfinished"
  /** We are stopping: says nothing about the destination, and does not count. */
  | "aborted";

/** What came of an attempt. */
export type AttemptOutcome =
  & {
    /** HTTP status, of an answer that broke off too, or exit code, 128 + n for a signal. */
    readonly code: number | null;
    /**
     * The first bytes of the answer or of what was thrown, the last of a command's
     * output, or why there was none. May hold personal data.
     */
    readonly output: string;
  }
  & (
    | {
      readonly ok: true;
      /** Whether the destination has no event handler for it. */
      readonly isIgnored?: boolean;
    }
    | {
      readonly ok: false;
      readonly reason: AttemptFault;
      /** How long the other side asks to be left alone. */
      readonly retryAfterMs?: number;
    }
  );

/** Reasons whose output the inbox writes itself, as long as there was no answer. */
const SPOKEN_FOR: ReadonlySet<string> = new Set<AttemptFault>(
  [
    "unreachable",
    "unresolved",
    "untrusted",
    "broken-off",
    "not-started",
    "aborted",
  ],
);

/**
 * Returns whether the output of an attempt is the inbox's own description of a fault.
 * Anything else comes from the destination, which may repeat what it was sent.
 *
 * @param attempt Its outcome, and its HTTP status or exit code.
 */
export function isOwnWords(
  { outcome, code }: { outcome: string; code: number | null },
): boolean {
  return code === null && SPOKEN_FOR.has(outcome);
}

/** Where events go next. */
export interface Destination {
  /**
   * Tries once. Never rejects.
   *
   * @param dispatch What to deliver.
   * @param signal Ends the attempt early, as `aborted`.
   */
  attempt(dispatch: Dispatch, signal: AbortSignal): Promise<AttemptOutcome>;
  /** Lets go of workers and connections; attempts are over by then. */
  close(): Promise<void>;
}
