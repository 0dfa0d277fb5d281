/**
 * Makes the types in `lib/persona/generated/` from `.ci/persona_facts/facts.json`.
 *
 *     deno run -A .ci/persona_types.ts
 *
 * `tests/persona/generated_test.ts` fails when the two differ.
 *
 * @module
 */

import { readFacts } from "./persona_types/facts.ts";
import { writeEventNames } from "./persona_types/write_event_names.ts";
import { writeDocumented } from "./persona_types/write_documented.ts";
import { writeFamily } from "./persona_types/write_family.ts";
import { writeIndex } from "./persona_types/write_index.ts";

const FOLDER = new URL("../lib/persona/generated/", import.meta.url);

if (import.meta.main) {
  await Deno.mkdir(FOLDER, { recursive: true });
  for (const { name, text } of await generateTypes()) {
    await Deno.writeTextFile(new URL(name, FOLDER), text);
  }
}

/** A file to be written to `lib/persona/generated/`. */
export interface GeneratedFile {
  readonly name: string;
  readonly text: string;
}

/**
 * Makes all files, formatted.
 *
 * @returns The files.
 */
export async function generateTypes(): Promise<GeneratedFile[]> {
  const facts = await readFacts();
  const files: GeneratedFile[] = [
    ...facts.families.map((family) => ({
      name: `${family.fileName}.ts`,
      text: writeFamily(family, facts),
    })),
    { name: "event_names.ts", text: writeEventNames(facts) },
    { name: "documented_objects.ts", text: writeDocumented(facts) },
    { name: "persona_objects.ts", text: writeIndex(facts) },
  ];
  return await Promise.all(
    files.map(async ({ name, text }) => ({ name, text: await format(text) })),
  );
}

async function format(text: string): Promise<string> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--no-config", "--ext=ts", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { success, stdout } = await process.output();
  if (!success) throw new Error("Cannot format a generated file");
  return new TextDecoder().decode(stdout);
}
