/** Commands as destinations of a real server: what they find, and how they end. */

import { assert, assertEquals } from "@std/assert";
import { deliver } from "../support/deliver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";
import { eventually } from "../support/within.ts";

const APP_SECRET = "wbhsec_of-the-application";
const TOKEN = "token-of-the-local-listener";
const env = {
  PERSONA_WEBHOOK_SECRET: SECRET,
  INBOX_ADMIN_TOKEN: TOKEN,
  INBOX_ADMIN_PORT: "off",
  APP_SECRET,
  LANG: "C.UTF-8",
  OF_THE_OPERATOR: "hello",
};

Deno.test({
  name:
    "a command finds the operator's environment, without any secret of ours",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const destinations = [
      { name: "app", url: "http://127.0.0.1:2/", secret: "$APP_SECRET" },
      {
        name: "show",
        exec: ["sh", "-c", "env > found.tmp; mv found.tmp found"],
      },
    ];
    await dir.write("inbox.json", JSON.stringify({ destinations }));
    const options = { cwd: dir.path, env };
    await using server = await ServerProcess.start(["serve"], options);
    await deliver(server.url, eventText());
    await server.logged(/"msg":"delivered".*"destination":"show"/);
    const found = await Deno.readTextFile(`${dir.path}/found`);
    for (const text of ["PATH=", "HOME=", "LANG=C.UTF-8", "hello", "evt_1"]) {
      assert(found.includes(text), `${text} in:\n${found}`);
    }
    for (const secret of [SECRET, APP_SECRET, TOKEN]) {
      assert(!found.includes(secret), found);
    }
    assert(!/^(?:INBOX_(?!TEST_)|APP_SECRET|PERSONA_WEBHOOK)/m.test(found));
    assertEquals(await server.stop(), 0);
  },
});

Deno.test({
  name:
    "a second signal ends the commands under way, with those that they started",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
      await using dir = await TempDir.make();
      const script = 'trap "" TERM; sleep 300 & echo $! $$ > pids; wait; wait';
      const destinations = [{
        name: "slow",
        exec: ["sh", "-c", script],
        timeoutMs: 300_000,
      }];
      await dir.write("inbox.json", JSON.stringify({ destinations }));
      const options = { cwd: dir.path, env };
      await using server = await ServerProcess.start(["serve"], options);
      await deliver(server.url, eventText());
      let pids: number[] = [];
      while (pids.length < 2) {
        const text = await Deno.readTextFile(`${dir.path}/pids`).catch(() =>
          ""
        );
        pids = text.trim().split(" ").filter(Boolean).map(Number);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      server.kill(signal);
      await server.logged(/stopping/);
      server.kill(signal);
      assertEquals(await server.ended(), code);
      for (const pid of pids) {
        const isGone = () => !isAlive(pid);
        await eventually(60_000, isGone, () => `the end of process ${pid}`);
      }
    }
  },
});

Deno.test({
  name: "an attempt that ends after a signal to stop is recorded",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await TempDir.make();
    const script = "touch begun; while [ ! -e go ]; do sleep 0.02; done";
    const destinations = [{ name: "slow", exec: ["sh", "-c", script] }];
    await dir.write("inbox.json", JSON.stringify({ destinations }));
    const options = { cwd: dir.path, env };
    await using server = await ServerProcess.start(["serve"], options);
    await deliver(server.url, eventText());
    const has = (name: string) =>
      Deno.stat(`${dir.path}/${name}`).then(() => true, () => false);
    while (!await has("begun")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    server.kill("SIGTERM");
    await server.logged(/stopping/);
    await dir.write("go", "");
    assertEquals(await server.ended(), 0);
    const { stdout } = await runProgram(["events"], options);
    assertEquals(JSON.parse(stdout).status, "done");
  },
});

function isAlive(pid: number): boolean {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return !/\) Z /.test(stat);
  } catch {
    return false;
  }
}
