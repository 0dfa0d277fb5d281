/** How the program starts, or says why it does not. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { deliver } from "../support/deliver.ts";
import { eventText, SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const SIGNED = { PERSONA_WEBHOOK_SECRET: SECRET };

Deno.test("serve without a secret says so and exits with 2", async () => {
  await using dir = await TempDir.make();
  for (const args of [["serve"], []]) {
    const result = await runProgram(args, { cwd: dir.path });
    assertEquals([result.code, result.stdout], [2, ""]);
    assertMatch(result.stderr, /^Cannot serve: .*PERSONA_WEBHOOK_SECRET.*\n$/);
  }
  assertEquals(await names(dir.path), [], "nothing was touched");
});

Deno.test("all bad settings are reported at once", async () => {
  await using dir = await TempDir.make();
  await dir.write(".env", "HOST=not a host\nINBOX_LOG=xml\n");
  await dir.write("inbox.json", '{"bodyBytesMax": -1, "colour": "blue"}');
  const result = await runProgram(["serve", "--port=99999", "--nonsense"], {
    cwd: dir.path,
    env: { INBOX_STORE: "mysql:x", INBOX_ALLOW_IPS: "1.2.3" },
  });
  assertEquals([result.code, result.stdout], [2, ""]);
  const places = [
    "--port",
    "--nonsense",
    "HOST in .env",
    "INBOX_LOG in .env",
    '"bodyBytesMax" in inbox.json',
    '"colour" in inbox.json',
    "INBOX_STORE",
    "INBOX_ALLOW_IPS",
    "PERSONA_WEBHOOK_SECRET",
  ];
  for (const place of places) assertStringIncludes(result.stderr, place);
  assertEquals(result.stderr.trim().split("\n").length, places.length);
  assertEquals(await names(dir.path), [".env", "inbox.json"]);
});

Deno.test("a port in use is reported in clear words, exit 1", async () => {
  await using dir = await TempDir.make();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const result = await runProgram(["dev", `--port=${port}`], { cwd: dir.path });
  assertEquals([result.code, result.stdout], [1, ""]);
  assertMatch(
    result.stderr,
    new RegExp(`^Cannot listen on 127.0.0.1:${port}: .*\n.*--port.*\n$`),
  );
});

Deno.test("a local port in use that was chosen ends it at once, exit 1", async () => {
  await using dir = await TempDir.make();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const args = ["serve", "--port=0", `--admin-port=${port}`];
  const options = { cwd: dir.path, env: SIGNED };
  const result = await runProgram(args, options);
  assertEquals([result.code, result.stdout], [1, ""]);
  assertMatch(
    result.stderr,
    new RegExp(`^Cannot listen on 127.0.0.1:${port}: .*\n.*--admin-port.*\n$`),
  );
});

Deno.test("both ports in use are reported, exit 1", async () => {
  await using dir = await TempDir.make();
  using first = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using second = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ports = [first.addr.port, second.addr.port] as const;
  const args = ["dev", `--port=${ports[0]}`, `--admin-port=${ports[1]}`];
  const result = await runProgram(args, { cwd: dir.path });
  assertEquals([result.code, result.stdout], [1, ""]);
  assertMatch(
    result.stderr,
    new RegExp(
      `^Cannot listen on 127.0.0.1:${ports[0]}: .*\n.*--port.*\n` +
        `Cannot listen on 127.0.0.1:${ports[1]}: .*\n.*--admin-port.*\n$`,
    ),
  );
});

Deno.test("a store that cannot be opened is reported in clear words, exit 1", async () => {
  await using dir = await TempDir.make();
  await Deno.mkdir(`${dir.path}/folder`);
  await dir.write("text", "no database, but long enough to be one ".repeat(99));
  for (const path of ["folder", "text", "text/inbox.db"]) {
    const result = await runProgram([
      "dev",
      "--port=0",
      "--store",
      `sqlite:${path}`,
    ], {
      cwd: dir.path,
    });
    assertEquals([result.code, result.stdout], [1, ""], result.stderr);
    assertMatch(
      result.stderr,
      new RegExp(`^Cannot open store at ${path}[: ].+\n.+\n$`),
    );
  }
});

Deno.test(".env and inbox.json in the working folder are read at the start", async () => {
  await using dir = await TempDir.make();
  await dir.write(
    ".env",
    `PERSONA_WEBHOOK_SECRET=${SECRET}\nINBOX_LOG=pretty\n`,
  );
  const settings = { store: "sqlite:elsewhere.db", log: "json" };
  await dir.write("inbox.json", JSON.stringify(settings));
  await using server = await ServerProcess.start(["serve"], { cwd: dir.path });

  assertMatch(server.stderr, /● listening/, ".env goes before inbox.json");
  const path = await Deno.realPath(`${dir.path}/elsewhere.db`);
  assertStringIncludes(server.stderr, `store sqlite:${path}`);
  assertEquals((await deliver(server.url, eventText())).status, 200);
  assertEquals(await server.stop(), 0);
  await Deno.stat(`${dir.path}/elsewhere.db`);
});

Deno.test({
  name: "dev listens on the loopback address only, serve on all",
  ignore: Deno.build.os !== "linux", // Only there is all of 127/8 at hand.
  async fn() {
    await using dir = await TempDir.make();
    const hostname = "127.0.0.2";
    for (
      const [command, isOpen] of [["dev", false], ["serve", true]] as const
    ) {
      await using server = await ServerProcess.start([command], {
        cwd: dir.path,
        env: SIGNED,
      });
      assertEquals(await connects(hostname, server.port), isOpen, command);
      assertEquals(await connects("127.0.0.1", server.port), true, command);
    }
  },
});

async function connects(hostname: string, port: number): Promise<boolean> {
  try {
    using _conn = await Deno.connect({ hostname, port });
    return true;
  } catch {
    return false;
  }
}

async function names(path: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.map(({ name }) => name).sort();
}
