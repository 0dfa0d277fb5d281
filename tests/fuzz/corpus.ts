/** The texts of a file in `tests/fixtures/fuzz/`. */
export function corpusOf(name: string): readonly string[] {
  const url = new URL(`../fixtures/fuzz/${name}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(url));
}
