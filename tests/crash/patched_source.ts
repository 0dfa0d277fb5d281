/**
 * The program's source with something changed in it, in a folder of its own.
 *
 * @module
 */

import { ROOT } from "../support/program.ts";

/** A change of the source: where, and what becomes of it. */
export interface Patch {
  readonly pattern: RegExp;
  readonly replacement: string;
}

/**
 * Copies the source and changes it.
 *
 * @param folder Where to.
 * @param alternatives Patches that belong together: the first ones that all match
 * somewhere below `lib/` are made.
 * @throws When none does: then the code has changed, and the patches must too.
 */
export function patchSource(
  folder: string,
  alternatives: readonly (readonly Patch[])[],
): void {
  Deno.mkdirSync(folder);
  Deno.symlinkSync(`${ROOT}vendor`, `${folder}/vendor`);
  for (const name of ["main.ts", "deno.json"]) {
    Deno.copyFileSync(`${ROOT}${name}`, `${folder}/${name}`);
  }
  const texts = new Map<string, string>();
  copy(`${ROOT}lib`, `${folder}/lib`, texts);
  const patches = alternatives.find((patches) =>
    patches.every(({ pattern }) =>
      [...texts.values()].some((text) => pattern.test(text))
    )
  );
  if (!patches) throw new Error("Cannot change lib/: no patch fits it");
  for (const [path, text] of texts) {
    const changed = patches.reduce(
      (text, { pattern, replacement }) => text.replace(pattern, replacement),
      text,
    );
    if (changed !== text) Deno.writeTextFileSync(path, changed);
  }
}

/** Tells the texts of the modules by their new paths. */
function copy(from: string, to: string, texts: Map<string, string>): void {
  Deno.mkdirSync(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    const [source, target] = [`${from}/${name}`, `${to}/${name}`];
    if (isDirectory) copy(source, target, texts);
    else {
      Deno.copyFileSync(source, target);
      if (name.endsWith(".ts")) {
        texts.set(target, Deno.readTextFileSync(source));
      }
    }
  }
}
