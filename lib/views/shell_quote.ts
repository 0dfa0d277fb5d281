/**
 * Quotes a word for a POSIX shell.
 *
 * @param word Any text without a NUL.
 */
export function shellQuote(word: string): string {
  return /^[\w./:=-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`;
}
