import { basename, isAbsolute, join } from "node:path";
import { isExecutable } from "./files.ts";

/** The reason why a program cannot be started, and the remedy. */
export interface ProgramFault {
  /** Completes a sentence that begins with the program. */
  readonly summary: string;
  readonly hint: string;
}

/** As much of a file as systems read of its first line. */
const FIRST_LINE_BYTES_MAX = 256;

/**
 * Finds a program as the system does: by its name in the folders of `PATH`, its
 * mode, and the interpreter that the first line of a script names.
 *
 * @param program An absolute path, or a name to look up.
 * @returns The fault; null if it can be started.
 */
export function programFault(
  program: string,
  folders: readonly string[],
): ProgramFault | null {
  const path = find(program, folders);
  if (path === undefined) {
    return {
      summary: "must be an executable file",
      hint: "Does it exist under that name, and is it executable (chmod +x)?",
    };
  }
  const line = firstLineOf(path);
  if (!line.startsWith("#!") || Deno.build.os === "windows") return null;
  if (line.includes("\r")) {
    return {
      summary:
        "has a Windows line ending in its first line, so that the interpreter is not found",
      hint: "Save it with Unix line endings: sed -i 's/\\r$//' FILE",
    };
  }
  const [interpreter = "", ...args] = line.slice(2).trim().split(/[ \t]+/);
  const named = basename(interpreter) === "env"
    ? args.find((arg) => !arg.startsWith("-") && !arg.includes("="))
    : undefined;
  const missing = [interpreter, named].find((name) =>
    name !== undefined && find(name, folders) === undefined
  );
  if (missing === undefined) return null;
  return {
    summary:
      `needs ${missing}, which its first line names and which must be an executable file`,
    hint: `Install ${basename(missing)}, or fix the first line`,
  };
}

function find(program: string, folders: readonly string[]): string | undefined {
  const suffixes = Deno.build.os === "windows" ? ["", ".exe"] : [""];
  const paths = isAbsolute(program)
    ? [program]
    : folders.map((folder) => join(folder, program));
  return paths.flatMap((path) => suffixes.map((suffix) => `${path}${suffix}`))
    .find(isExecutable);
}

/** Empty when this user may run the file and not read it. */
function firstLineOf(path: string): string {
  try {
    using file = Deno.openSync(path);
    const bytes = new Uint8Array(FIRST_LINE_BYTES_MAX);
    const length = file.readSync(bytes) ?? 0;
    const text = new TextDecoder().decode(bytes.subarray(0, length));
    return text.split("\n", 1).join();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return "";
  }
}
