import type {
  AttemptRow,
  Cursor,
  EventReader,
  EventRow,
} from "../store/event_reader.ts";

/** The most events, and the most attempts, read at once. */
const PAGE = 1_000;

/** One thing that came in. */
export type Followed =
  | { readonly kind: "event"; readonly row: EventRow }
  | { readonly kind: "attempt"; readonly row: AttemptRow };

/** The start of following, and its end. */
export interface FollowOptions {
  readonly from: Cursor;
  /** Waits before the next look; resolves to whether to continue. */
  readonly wait: () => Promise<boolean>;
}

/**
 * Follows a store. Events and attempts come in the order of time, as far as each of
 * them was stored in it.
 *
 * @throws {StoreError} If the store cannot be read.
 */
export async function* follow(
  reader: EventReader,
  { from, wait }: FollowOptions,
): AsyncGenerator<Followed> {
  let { seq, attemptSeq } = from;
  let isBehind = true;
  while (isBehind || await wait()) {
    const { events, attempts } = await reader.news({ seq, attemptSeq }, PAGE);
    for (const followed of inOrder(events, attempts)) {
      if (followed.kind === "event") seq = followed.row.seq;
      else attemptSeq = followed.row.attemptSeq;
      yield followed;
    }
    isBehind = events.length === PAGE || attempts.length === PAGE;
  }
}

/** Leaves out what may have to come after what was not read yet. */
function* inOrder(
  events: readonly EventRow[],
  attempts: readonly AttemptRow[],
): Generator<Followed> {
  let eventAt = 0;
  let attemptAt = 0;
  for (;;) {
    const event = events[eventAt];
    const attempt = attempts[attemptAt];
    if (!event && (!attempt || events.length === PAGE)) return;
    if (!attempt && (!event || attempts.length === PAGE)) return;
    if (event && (!attempt || event.receivedAtMs <= endMs(attempt))) {
      eventAt++;
      yield { kind: "event", row: event };
    } else if (attempt) {
      attemptAt++;
      yield { kind: "attempt", row: attempt };
    }
  }
}

function endMs({ startedAtMs, durationMs }: AttemptRow): number {
  return startedAtMs + durationMs;
}
