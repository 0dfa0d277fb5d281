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
 * @param patches Each has to match somewhere below `lib/`.
 * @throws When one does not: then the code has changed, and the patch must too.
 */
export function patchSource(folder: string, patches: readonly Patch[]): void {
  Deno.mkdirSync(folder);
  Deno.symlinkSync(`${ROOT}vendor`, `${folder}/vendor`);
  for (const name of ["main.ts", "deno.json"]) {
    Deno.copyFileSync(`${ROOT}${name}`, `${folder}/${name}`);
  }
  const texts = new Map<string, string>();
  copy(`${ROOT}lib`, `${folder}/lib`, texts);
  for (const { pattern, replacement } of patches) {
    const found = [...texts].filter(([, text]) => pattern.test(text));
    if (found.length === 0) {
      throw new Error(`Cannot change lib/: nothing matches ${pattern}`);
    }
    for (const [path, text] of found) {
      const changed = text.replace(pattern, replacement);
      texts.set(path, changed);
      Deno.writeTextFileSync(path, changed);
    }
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
