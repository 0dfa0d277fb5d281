import { PROGRAM_NAME } from "../program_name.ts";
import { type AttemptFault, isOwnWords } from "../destinations/destination.ts";

/** Hints by reason. */
const HINTS: Readonly<Record<AttemptFault, string>> = {
  "unreachable": "nothing is listening there: is it running, is its url right?",
  "unresolved": "its host name cannot be resolved: is its url right?",
  "untrusted":
    "TLS failed: if an authority of your own signed its certificate, name its PEM file in DENO_CERT, or set DENO_TLS_CA_STORE=system",
  "broken-off": "it closed the connection without an answer: did it crash?",
  "timeout":
    "too slow: respond first and do the work later, or raise timeoutMs",
  "status": "it must answer 2xx: see what it said",
  "redirect": "redirects are not followed: set its url to where it leads",
  "not-started": "is the command there, and may it be executed?",
  "exit-code": "the command must exit with 0: see its output",
  "signal": "something killed the command: was it out of memory?",
  "threw": "the event handler threw: see what",
  "module-failed": "the module did not load, or ended its process",
  "unreadable":
    "not sent, as what was received is gone or changed: restore it from a backup",
  "unfinished": "the server ended before it did: was it killed by this event?",
  "aborted": "the server stopped: it is sent again after the next start",
};

/** Hints by status; `status` in {@linkcode HINTS} is for the rest. */
const STATUS_HINTS: readonly (readonly [statuses: RegExp, hint: string])[] = [
  [/^40[13]$/, "it rejected our signature: does its secret differ from ours?"],
  [/^(?:404|410)$/, "nothing is there: is the path of its url right?"],
  [/^405$/, "it takes no POST there: is the path of its url right?"],
  [/^413$/, "it rejects bodies of this size: raise its limit"],
  [/^429$/, "too many for it: lower its concurrency"],
  [/^50[234]$/, "it, or the server behind its proxy, is down"],
  [/^508$/, "its url leads back to the inbox itself: fix it"],
  [/^5..$/, "it failed: see its log"],
];

/** An id that needs no quoting in a shell. */
const PLAIN_ID = /^\w[\w.:-]*$/;

/** A failed attempt. */
export interface FailedAttempt {
  readonly eventId: string;
  readonly reason: string;
  /** HTTP status or exit code. */
  readonly code: number | null;
  readonly isDead: boolean;
}

/**
 * Advises on a failed attempt. What the other side said may be personal data, so
 * that it is named, not repeated.
 *
 * @returns A hint, then commands that help.
 */
export function attemptHints(
  { eventId, reason, code, isDead }: FailedAttempt,
): string[] {
  const ofStatus = reason === "status" &&
    STATUS_HINTS.find(([statuses]) => statuses.test(String(code)))?.[1];
  const hint = ofStatus || (HINTS as Record<string, string>)[reason];
  const isTold = isOwnWords({ outcome: reason, code });
  return [
    ...(hint ? [hint] : []),
    ...(PLAIN_ID.test(eventId)
      ? [
        `${PROGRAM_NAME} events ${eventId}${isTold ? "" : " --reveal"}`,
        ...(isDead ? [`${PROGRAM_NAME} replay ${eventId}`] : []),
      ]
      : []),
  ];
}
