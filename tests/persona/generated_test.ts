import { assertEquals } from "@std/assert";
import { generateTypes } from "../../.ci/persona_types.ts";

const FOLDER = new URL("../../lib/persona/generated/", import.meta.url);

Deno.test("the types in lib/persona/generated/ are those of facts.json", async () => {
  const files = await generateTypes();
  const inFolder = await Array.fromAsync(Deno.readDir(FOLDER));
  assertEquals(
    inFolder.map(({ name }) => name).sort(),
    files.map(({ name }) => name).sort(),
  );
  for (const { name, text } of files) {
    const committed = await Deno.readTextFile(new URL(name, FOLDER));
    assertEquals(committed, text, `${name}: run .ci/persona_types.ts`);
  }
});
