/** The npm packages of a release, installed as their user does. */

import { assertEquals, assertMatch } from "@std/assert";
import { EXECUTABLE, resultOf, ROOT, spawnClean } from "../support/program.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { ServerProcess } from "../support/server_process.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test({
  name:
    "npx persona-inbox starts the executable, and passes signals and exit codes on",
  ignore: EXECUTABLE === undefined,
  async fn() {
    await using dir = await TempDir.make();
    const { target } = Deno.build;
    await Deno.copyFile(
      EXECUTABLE ?? "",
      `${dir.path}/persona-inbox-${target}`,
    );
    const script = ["run", "--no-config", "-A", `${ROOT}.ci/npm.ts`];
    const options = { cwd: dir.path, env: { HOME: dir.path } };
    const run = (command: string, args: readonly string[]) =>
      resultOf(spawnClean(command, args, options));
    const make = [...script, dir.path, `${dir.path}/npm`, target];
    const made = await run(Deno.execPath(), make);
    assertEquals(made.code, 0, made.stderr);

    await Deno.mkdir(`${dir.path}/user`);
    await dir.write("user/package.json", "{}");
    const packages = [...Deno.readDirSync(`${dir.path}/npm/@persona-inbox`)]
      .map(({ name }) => `../npm/@persona-inbox/${name}`);
    assertEquals(packages.length, 1);
    const flags = ["install", "--offline", "--install-links", "--no-audit"];
    const inUser = { ...options, cwd: `${dir.path}/user` };
    const installed = await resultOf(
      spawnClean(
        "npm",
        [...flags, ...packages, "../npm/persona-inbox"],
        inUser,
      ),
    );
    assertEquals(installed.code, 0, installed.stderr);

    const command = `${dir.path}/user/node_modules/.bin/persona-inbox`;
    const version = await run(command, ["--version"]);
    assertEquals([version.code, version.stderr], [0, ""]);
    assertMatch(version.stdout, /^persona-inbox \d/);
    assertEquals((await run(command, ["no-such-command"])).code, 2);

    const served = ["serve", "--port=0", "--admin-port=off"];
    const env = { ...options.env, PERSONA_WEBHOOK_SECRET: SECRET };
    const child = spawnClean(command, served, { ...options, env });
    await using server = new ServerProcess(child, dir.path);
    await server.logged(/"msg":"listening"/);
    assertEquals(await server.stop(), 0);
  },
});
