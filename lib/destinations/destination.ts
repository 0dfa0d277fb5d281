/**
 * The contract of destinations: URLs, commands and modules.
 *
 * - **One attempt, one outcome.** `attempt()` resolves with the outcome and never rejects,
 *   whatever the other side does. Retries are up to the dispatcher.
 * - **Bounded.** It takes little longer than the destination's timeout, and keeps at most
 *   {@linkcode OUTPUT_BYTES_MAX} of the response or output.
 * - **Alone.** Attempts for different objects run side by side and do not disturb each
 *   other.
 * - **Exact.** The other side gets the bytes that Persona sent.
 *
 * @module
 */

import type { DeliveryHeaders } from "../persona/delivery_headers.ts";

/** The most bytes of a response or output kept with an attempt. */
export const OUTPUT_BYTES_MAX = 4_096;

/** One event on its way to one destination. */
export interface Dispatch {
  readonly eventId: string;
  readonly eventName: string;
  readonly objectId: string | null;
  readonly contentType: string | null;
  /** Persona's count of its attempts at the delivery, as received. */
  readonly delivery: DeliveryHeaders;
  /** The raw body as Persona sent it; must not be modified. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Counted from 1, over restarts and replays. */
  readonly attempt: number;
  /** True if a newer event of the same object was already delivered there. */
  readonly isStale: boolean;
  /**
   * True if no newer event of the same object is known that goes there; without order,
   * waiting events are not considered.
   */
  readonly isLatest: boolean;
}

/** The reason of a failed attempt. */
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
  /** The stored body was changed, or its key is gone: it was not sent. */
  | "unreadable"
  /** The inbox ended before the attempt did. */
  | "unfinished"
  /** The inbox is stopping: says nothing about the destination, and does not count. */
  | "aborted";

/** The outcome of an attempt. */
export type AttemptOutcome =
  & {
    /** The HTTP status, also of an incomplete response, or exit code, 128 + n for signals. */
    readonly code: number | null;
    /**
     * The head of the response or of the thrown value, the tail of a command's output, or
     * a description of the fault. May contain personal data.
     */
    readonly output: string;
  }
  & (
    | {
      readonly ok: true;
      /** True if the destination has no event handler for it. */
      readonly isIgnored?: boolean;
    }
    | {
      readonly ok: false;
      readonly reason: AttemptFault;
      /** The wait that the destination asks for. */
      readonly retryAfterMs?: number;
    }
  );

/** Reasons whose output the inbox writes itself, if there was no response. */
const SPOKEN_FOR: ReadonlySet<string> = new Set<AttemptFault>(
  [
    "unreachable",
    "unresolved",
    "untrusted",
    "broken-off",
    "not-started",
    "unreadable",
    "aborted",
  ],
);

/**
 * Returns whether the output of an attempt is the inbox's own description of a fault.
 * Anything else comes from the destination, which may repeat what it was sent.
 */
export function isOwnWords(
  { outcome, code }: { outcome: string; code: number | null },
): boolean {
  return code === null && SPOKEN_FOR.has(outcome);
}

/** A destination of events. */
export interface Destination {
  /**
   * Makes an attempt. Never rejects.
   *
   * @param signal Ends the attempt early, as `aborted`.
   */
  attempt(dispatch: Dispatch, signal: AbortSignal): Promise<AttemptOutcome>;
  /** Closes processes and connections; attempts are over by then. */
  close(): Promise<void>;
}
