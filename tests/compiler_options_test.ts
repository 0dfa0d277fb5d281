import { assert } from "@std/assert";
import { TempDir } from "./support/temp_dir.ts";

const ROOT = new URL("../", import.meta.url);

/** Settings of programs that import the library; all have `strict`, Deno's default. */
const OPTIONS = [
  {},
  {
    lib: ["dom", "dom.iterable", "deno.ns"],
    noImplicitOverride: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
  },
];

for (const compilerOptions of OPTIONS) {
  const settings = JSON.stringify(compilerOptions);
  Deno.test(`the library type-checks in a program with ${settings}`, async () => {
    await using folder = await TempDir.make();
    const { imports } = JSON.parse(
      await Deno.readTextFile(new URL("deno.json", ROOT)),
    );
    const library = {
      "@persona-inbox/persona-inbox": new URL("lib/mod.ts", ROOT).href,
      "@persona-inbox/persona-inbox/persona":
        new URL("lib/persona.ts", ROOT).href,
    };
    await folder.write(
      "deno.json",
      JSON.stringify({
        imports: { ...imports, ...library },
        lock: false,
        vendor: true,
        compilerOptions,
      }),
    );
    await Deno.symlink(new URL("vendor", ROOT), `${folder.path}/vendor`);
    await folder.write(
      "main.ts",
      Object.keys(library).map((name) => `export * from "${name}";\n`).join(""),
    );
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--quiet", "main.ts"],
      cwd: folder.path,
      env: { NO_COLOR: "1" },
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  });
}
