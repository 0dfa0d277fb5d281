/** Files and streams that never end. */

import { assertEquals } from "@std/assert";
import { runProgram } from "../support/program.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

Deno.test({
  name: "explain and send read no more of a file than a body may have",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    await dir.write("body.json", "{}");
    const explain = ["explain", "--header=t=1,v1=0", `--secret=${SECRET}`];
    const table: [args: string[], stderr: string][] = [
      [
        [...explain, "--body=/dev/zero"],
        "/dev/zero: it has more than 67108864 bytes",
      ],
      [
        ["send", "--file=/dev/zero"],
        "/dev/zero: it has more than 67108864 bytes",
      ],
      [["send", "--file=."], ".: it is a directory"],
      [[...explain, "--body=none"], "none: there is no such file"],
    ];
    for (const [args, reason] of table) {
      const { code, stderr } = await runProgram(args, { cwd: dir.path });
      const [fault] = stderr.split("\n");
      assertEquals([code, fault], [1, `Cannot read ${reason}`]);
    }
    const whole = [...explain, "--body=body.json"];
    const { stdout } = await runProgram(whole, { cwd: dir.path });
    assertEquals(JSON.parse(stdout.split("\n")[0]!).ok, false);
  },
});
