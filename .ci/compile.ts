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
/**
 * One list of flags: the executable may do what `dev` may do. V8's flag keeps
 * bodies from outliving their requests: a third less memory under load, at the same rate.
 */
const flags = String(config.tasks.dev.command).split(" ").filter((flag) =>
  /^--(allow-|no-prompt|v8-flags)/.test(flag)
);
/** Runs this same Deno; its exit code. */
async function deno(...args: string[]): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: root });
  return (await command.spawn().status).code;
}

// With `manual`, below, npm packages are embedded from here.
const install = await deno(
  "install",
  "--quiet",
  "--node-modules-dir=auto",
  "--entrypoint",
  "lib/store/postgres/driver.ts",
);
Deno.exitCode = install || await deno(
  "compile",
  ...flags,
  "--no-check", // `deno task ok` does; here browsers' types would be missing.
  // A worker's module is named at run time: Deno cannot see it by itself.
  "--include=lib/store/sqlite/checkpoint_thread.ts",
  "--include=lib/store/sqlite/reader_thread.ts",
  "--include=lib/app/dispatch_thread.ts",
  "--include=lib/app/keys_thread.ts",
  "--include=lib/store/postgres/driver.ts",
  "--include=lib/destinations/module_watch.ts",
  // A module of the user's imports our library and, beside it, npm packages.
  "--include=lib/mod.ts",
  "--include=lib/persona.ts",
  "--node-modules-dir=manual",
  // The page is read, not imported.
  "--include=lib/web",
  ...(Deno.args.some((arg) => /^(-o|--output)(=|$)/.test(arg))
    ? []
    : ["--output=dist/persona-inbox"]),
  ...Deno.args,
  "main.ts",
);
