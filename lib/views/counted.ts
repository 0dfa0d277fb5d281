/**
 * A count with its noun, such as `1 event` or `2 dispatches`.
 *
 * @param many The plural, if it is not made by an `s`.
 */
export function counted(
  count: number,
  one: string,
  many = `${one}s`,
): string {
  return `${count} ${count === 1 ? one : many}`;
}
