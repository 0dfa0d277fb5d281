/**
 * Compiles the server into `dist/persona-inbox`. `deno compile` takes what
 * follows the entry point for arguments of the program, so a task alone could
 * not pass on flags such as `--target aarch64-apple-darwin`.
 *
 * @module
 */

const root = new URL("../", import.meta.url);
const config = JSON.parse(
  await Deno.readTextFile(new URL("deno.json", root)),
);
/** One list of permissions: the executable may do what `dev` may do. */
const permissions = String(config.tasks.dev.command).split(" ").filter((flag) =>
  flag.startsWith("--allow-") || flag === "--no-prompt"
);
const compile = new Deno.Command(Deno.execPath(), {
  args: [
    "compile",
    ...permissions,
    // A worker's module is named at run time: Deno cannot see it by itself.
    "--include=lib/store/sqlite_worker.ts",
    "--include=lib/store/sqlite_checkpointer.ts",
    ...(Deno.args.some((arg) => /^(-o|--output)(=|$)/.test(arg))
      ? []
      : ["--output=dist/persona-inbox"]),
    ...Deno.args,
    "main.ts",
  ],
  cwd: root,
}).spawn();
Deno.exitCode = (await compile.status).code;
