/** The executable in what a careful container gives it: see lib/deploy. */

import { assertEquals, assertMatch } from "@std/assert";
import { whyNoBindMount } from "../support/mounts.ts";
import { EXECUTABLE, runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const why = EXECUTABLE === undefined
  ? "needs the executable"
  : await whyNoBindMount();
const USER = "--reuid=10001 --regid=10001 --clear-groups";

/** A root that nobody can write to, but for one folder; and a user without rights. */
function confined(folder: string): string {
  const mounts = `mount --bind '${folder}' '${folder}' && ` +
    `mount -o remount,bind,ro / && cd '${folder}'`;
  const become = `exec setpriv ${USER} --no-new-privs --bounding-set=-all "$@"`;
  return `exec unshare --mount bash -c '${
    `${mounts} && ${become}`.replaceAll("'", `'"'"'`)
  }' bash "$@"`;
}

Deno.test({
  name: "the executable runs on a read-only root, as a user without rights" +
    (why === undefined ? "" : ` (${why})`),
  ignore: why !== undefined,
  async fn() {
    await using dir = await TempDir.make();
    await Deno.chown(dir.path, 10001, 10001);
    await Deno.chmod(dir.path, 0o700);
    const options = {
      cwd: dir.path,
      prelude: confined(dir.path),
      env: {
        HOME: "/nonexistent",
        INBOX_STORE: `sqlite:${dir.path}/inbox.db`,
        PERSONA_WEBHOOK_SECRET: SECRET,
      },
    };
    await using server = await ServerProcess.start(["serve"], options);
    const to = [`--to=${server.url}/webhook`, "--count=3"];
    const sent = await runProgram(["send", ...to], {
      cwd: dir.path,
      env: { PERSONA_WEBHOOK_SECRET: SECRET },
    });
    assertEquals([sent.code, sent.stderr], [0, ""]);
    server.kill("SIGKILL");
    await server.ended();

    await using again = await ServerProcess.start(["serve"], options);
    const listed = await runProgram(["events"], options);
    assertEquals([listed.code, listed.stderr], [0, ""]);
    assertEquals(listed.stdout.trim().split("\n").length, 3);
    assertEquals(await again.stop(), 0);
    const doctor = await runProgram(["doctor"], options);
    assertMatch(doctor.stdout, /"name":"store"/);
  },
});
