/**
 * Divides items into rounds in which each key stands once, so that a statement can
 * write a round.
 *
 * @returns Rounds in order; an item whose key stood before is in a later one.
 */
export function roundsOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): Item[][] {
  const rounds: Item[][] = [];
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    (rounds[count] ??= []).push(item);
  }
  return rounds;
}
