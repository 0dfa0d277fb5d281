/** Headers by name, in lower case. */
export type HeaderMap = ReadonlyMap<string, string>;

/** Headers that can be asked for by name. */
export interface HeaderSource {
  get(name: string): string | null | undefined;
}

/** Reads all headers at once, for the price of asking `Headers` for seven of them. */
export function mapHeaders(headers: Headers): HeaderMap {
  const map = new Map<string, string>();
  headers.forEach((value, name) => map.set(name, value));
  return map;
}
