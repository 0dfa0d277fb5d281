import type { Cursor, EventReader, News } from "../store/event_reader.ts";

/**
 * Finds the position before all that came in since a time. What comes in is stored in
 * the order of time, so that halving finds it, however much there is.
 *
 * @throws {StoreError} If the store cannot be read.
 */
export async function cursorSince(
  reader: EventReader,
  sinceMs: number,
): Promise<Cursor> {
  const end = await reader.end();

  async function positionOf(
    field: keyof Cursor,
    firstOf: (news: News) => { position: number; timeMs: number } | undefined,
  ): Promise<number> {
    let least = 0;
    let most = end[field];
    while (least < most) {
      const middle = Math.floor((least + most) / 2);
      const first = firstOf(await reader.news({ ...end, [field]: middle }, 1));
      if (!first || first.timeMs >= sinceMs) most = middle;
      else least = first.position;
    }
    return least;
  }

  return {
    seq: await positionOf(
      "seq",
      ({ events: [row] }) =>
        row && { position: row.seq, timeMs: row.receivedAtMs },
    ),
    attemptSeq: await positionOf(
      "attemptSeq",
      ({ attempts: [row] }) =>
        row && { position: row.attemptSeq, timeMs: row.startedAtMs },
    ),
  };
}
