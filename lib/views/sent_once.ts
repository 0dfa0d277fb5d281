// The result of sending an event once to a URL that is not a destination.

/** The target and outcome, without the content of the response. */
export interface SentOnce {
  readonly eventId: string;
  /** The URL without its path, which may be a secret. */
  readonly to: string;
  readonly ok: boolean;
  /** `ok`, or why it failed. */
  readonly outcome: string;
  /** The HTTP status. */
  readonly code: number | null;
  readonly durationMs: number;
}

/** Describes the result in one line. */
export function sentOnceText(
  { eventId, to, ok, outcome, code, durationMs }: SentOnce,
): string {
  const result = ok
    ? `answered ${code}`
    : [outcome, code].filter(Boolean).join(" ");
  return `Sent ${eventId} once to ${to}: ${result}, ${durationMs} ms`;
}
