import { dirname, join } from "node:path/posix";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A source file as the rules of the house see it. */
export interface SourceFile {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
  /** The text without comments and without what stands in strings. */
  readonly code: string;
  /** What it imports: paths from the root, or names of packages. */
  readonly imports: readonly string[];
  readonly functions: readonly { name: string; lines: number }[];
}

/** Reads a source file from its text. */
export function sourceFile(path: string, text: string): SourceFile {
  const code = withoutText(text);
  return {
    path,
    text,
    code,
    imports: importsOf(path, text),
    functions: functionsOf(code),
  };
}

/** All source files of files and folders, from the root of the repository. */
export async function filesUnder(...paths: string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const path of paths) {
    if (path.endsWith(".ts")) {
      files.push(sourceFile(path, await Deno.readTextFile(ROOT + path)));
      continue;
    }
    for await (const { name, isDirectory } of Deno.readDir(ROOT + path)) {
      if (isDirectory || name.endsWith(".ts")) {
        files.push(...await filesUnder(`${path}/${name}`));
      }
    }
  }
  return files;
}

/** Comments go, but not in strings; a string stays as it is where code has one. */
function withoutComments(text: string): string {
  return text.replace(
    /("(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\*[^]*?\*\/|(?<![\\/])\/\/.*/g,
    (_, literal) => literal ?? "",
  );
}

/** Also what stands in strings goes; code inside of templates stays. */
function withoutText(text: string): string {
  const lines = text.replace(
    /\/\*[^]*?\*\//g,
    (comment) => comment.replace(/[^\n]/g, ""),
  );
  return withoutComments(lines).replace(/"(?:[^"\\\n]|\\.)*"/g, '""');
}

const IMPORTS = [
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"/gm,
  /^\s*import\s*"([^"]+)"/gm,
  /\bimport\(\s*"([^"]+)"/g,
  /\bnew URL\(\s*"([^"]+\.ts)"/g,
  /\bstartWorker\(\s*"([^"]+\.ts)"/g,
];

function importsOf(path: string, text: string): string[] {
  const code = withoutComments(text);
  const found = IMPORTS.flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([, specifier = ""]) => specifier)
  );
  return found.map((specifier) =>
    specifier.startsWith(".") ? join(dirname(path), specifier) : specifier
  );
}

/**
 * Top-level functions and methods of formatted code: they begin in a line that
 * ends in `{` and end with a brace of the same indentation.
 */
function functionsOf(code: string): { name: string; lines: number }[] {
  const found: { name: string; lines: number }[] = [];
  const lines = code.split("\n");
  for (const [start, line] of lines.entries()) {
    const [, indent, name] =
      /^(\s*)(?:export |async |static |override |get |set |\*)*(?:function\*? )?([#\w]+)(?:<.*>)?\(/
        .exec(line) ?? [];
    if (indent === undefined || name === undefined) continue;
    if (/^(?:if|for|while|switch|catch|return|await)$/.test(name)) continue;
    const body = lines.findIndex((other, at) =>
      at >= start && /[{;]$/.test(other)
    );
    if (!lines[body]?.endsWith("{")) continue; // A signature, or a call.
    const end = lines.findIndex((other, at) =>
      at > body && other.startsWith(`${indent}}`)
    );
    if (end !== -1) found.push({ name, lines: end - start + 1 });
  }
  return found;
}
