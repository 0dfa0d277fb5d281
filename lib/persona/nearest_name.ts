/** Longer names are not typos, and cost the square of their length. */
const LENGTH_MAX = 128;

/**
 * Returns the known name closest to a misspelled one: fewest characters added, dropped,
 * replaced or swapped with their neighbor, letter case aside.
 *
 * @param known The names that exist; of equally close ones the first is taken.
 * @returns The closest name; undefined when none is within a third of its length.
 */
export function nearestName<Known extends string>(
  name: string,
  known: Iterable<Known>,
): Known | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  const written = name.toLowerCase();
  let nearest: Known | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const distanceMax = Math.max(1, Math.floor(candidate.length / 3));
    // At least so many characters must be added or dropped.
    const gap = Math.abs(candidate.length - name.length);
    if (gap >= least || gap > distanceMax) continue;
    const distance = editDistance(written, candidate.toLowerCase());
    if (distance < least && distance <= distanceMax) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

/**
 * Asks after the closest known name, as the end of a message.
 *
 * @returns `Did you mean "events"?` with a space before it; empty when none is close.
 */
export function didYouMean(name: string, known: Iterable<string>): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
}

/** Optimal string alignment: Levenshtein's distance with swaps of neighbors. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwap && i > 1 && j > 1 ? (beforeLast[j - 2] ?? 0) + 1 : Infinity,
      ));
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
