/** What only the executable can get wrong. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  EXECUTABLE,
  ROOT,
  runCommand,
  runProgram,
  spawnClean,
} from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const ignore = EXECUTABLE === undefined;
const CANARY = "wbhsec_canary-in-the-env-file-at-compile-time";
const PARTS = ["main.ts", "lib", "deno.json", "vendor", ".ci"];

Deno.test({
  name: "the executable needs no home and asks for nothing",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    const options = { cwd: dir.path, env: { HOME: "" } };
    const version = await runProgram(["--version"], options);
    assertMatch(version.stdout, /^persona-inbox \d+\.\d+\.\d+\n$/);
    assertEquals([version.code, version.stderr], [0, ""]);

    await dir.write(".env", `PERSONA_WEBHOOK_SECRET=${SECRET}\n`);
    await using server = await ServerProcess.start(["dev"], options);
    const args = ["send", `--to=${server.url}/webhook`, "--count=3"];
    const sent = await runProgram(args, options);
    assertEquals([sent.code, sent.stderr], [0, ""]);
    await server.logged(/inquiry\.approved {2}.*signature verified/);
    const listed = await runProgram(["events"], options);
    assertEquals([listed.code, listed.stderr], [0, ""]);
    assertEquals(listed.stdout.trim().split("\n").length, 3);
    assertEquals(await server.stop(), 0);
    const names = (await Array.fromAsync(Deno.readDir(dir.path)))
      .map(({ name }) => name).sort();
    assertEquals(names, [".env", "data"], "nothing else is left behind");
  },
});

Deno.test({
  name: "no file but the program's own gets into an executable",
  ignore,
  async fn() {
    await using dir = await TempDir.make();
    const from = PARTS.map((part) => `${ROOT}${part}`);
    assertEquals((await runCommand("cp", ["-R", ...from, dir.path])).code, 0);
    await dir.write(".env", `PERSONA_WEBHOOK_SECRET=${CANARY}\n`);
    await dir.write("inbox.json", `{"secret": "${CANARY}"}`);
    const runtime = Deno.env.get("DENORT_BIN");
    const args = ["task", "compile", "--output=made"];
    const compile = spawnClean(Deno.execPath(), args, {
      cwd: dir.path,
      env: {
        PERSONA_WEBHOOK_SECRET: CANARY,
        ...(runtime !== undefined && { DENORT_BIN: runtime }),
      },
    });
    const { code, stderr } = await compile.output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const made = Buffer.from(await Deno.readFile(`${dir.path}/made`));
    assert(made.includes("persona-inbox"), "this is not the executable");
    assert(!made.includes(CANARY), "it holds what was in .env");
  },
});
