/**
 * What to do about a failed attempt, in words for people.
 *
 * @module
 */

import type { AttemptFault } from "../destinations/destination.ts";

/** What helps, by why it failed. */
const HINTS: Readonly<Record<AttemptFault, string>> = {
  "unreachable": "nobody answers: is it running, and its address right?",
  "broken-off": "it hung up in the middle: did it crash? see its log",
  "timeout": "too slow: answer first and work later, or raise its timeoutMs",
  "status": "it must answer 2xx: what did it say?",
  "redirect": "redirects are not followed: set its url to where it leads",
  "not-started": "is the command there, and may it be executed?",
  "exit-code": "the command must exit with 0: what did it say?",
  "signal": "something killed the command: was it out of memory?",
  "threw": "the module's function threw: what?",
  "module-failed": "does the module load, and not end itself?",
  "aborted": "the server stopped: it goes out again when that starts",
};

/** What helps, by what was answered; `status` in {@linkcode HINTS} is for the rest. */
const STATUS_HINTS: readonly (readonly [statuses: RegExp, hint: string])[] = [
  [/^40[13]$/, "it does not trust us: does its secret differ from ours?"],
  [/^(?:404|410)$/, "nothing is there: is the path of its url right?"],
  [/^405$/, "it takes no POST there: is the path of its url right?"],
  [/^413$/, "the event is too large for it: raise its limit"],
  [/^429$/, "too many for it: lower its concurrency"],
  [/^50[234]$/, "it, or what stands behind its proxy, is not up"],
  [/^5..$/, "it failed: see its log"],
];

/** What can stand in a shell as it is. */
const PLAIN_ID = /^\w[\w.:-]*$/;

/** What failed, and how. */
export interface FailedAttempt {
  readonly eventId: string;
  readonly reason: string;
  /** HTTP status or exit code. */
  readonly code: number | null;
  readonly isDead: boolean;
}

/**
 * Says what to do about a failed attempt. What the other side said may be personal
 * data: only where it is to be seen is told.
 *
 * @param failed The attempt.
 * @returns What helps, then commands that do.
 */
export function attemptHints(
  { eventId, reason, code, isDead }: FailedAttempt,
): string[] {
  const ofStatus = reason === "status" &&
    STATUS_HINTS.find(([statuses]) => statuses.test(String(code)))?.[1];
  const hint = ofStatus || (HINTS as Record<string, string>)[reason];
  const commands = isDead ? ["events", "replay"] : ["events"];
  return [
    ...(hint ? [hint] : []),
    ...(PLAIN_ID.test(eventId)
      ? commands.map((command) => `persona-inbox ${command} ${eventId}`)
      : []),
  ];
}
