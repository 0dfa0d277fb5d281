/** The words before a command in hints: the executable, or the task of this project. */
export const PROGRAM_NAME = Deno.build.standalone
  ? "persona-inbox"
  : "deno task inbox";
