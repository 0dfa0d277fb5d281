import { assert, assertEquals } from "@std/assert";
import { DESTINATION_DEFAULTS } from "../../lib/destination_members.ts";
import type { DestinationTarget } from "../../lib/destinations/destination_config.ts";
import { connectFault } from "../../lib/doctor/connect.ts";
import { checkDestination } from "../../lib/doctor/destinations.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { brief } from "../support/findings.ts";
import { SELF_SIGNED } from "../support/self_signed.ts";
import { TempDir } from "../support/temp_dir.ts";

const NO_FOLDERS = () => [];

async function found(
  target: DestinationTarget,
  programFolders: () => readonly string[] = NO_FOLDERS,
): Promise<string> {
  const config = { ...DESTINATION_DEFAULTS, name: "app", target };
  const [line, ...more] = brief(
    await checkDestination(config, { programFolders }),
  );
  assertEquals(more, []);
  return line ?? "";
}

function http(url: string): DestinationTarget {
  return { kind: "http", url, secret: null };
}

Deno.test("checkDestination() connects to a URL and sends nothing", async () => {
  let port = 0;
  {
    await using receiver = new EchoReceiver();
    port = receiver.port;
    const url = `http://127.0.0.1:${port}/canary?token=canary`;
    assertEquals(
      await found(http(url)),
      `ok to app: http://127.0.0.1:${port}/… can be reached`,
    );
    assertEquals(receiver.received, []);
  }
  assertEquals(
    await found(http(`http://127.0.0.1:${port}/`)),
    `failed to app: http://127.0.0.1:${port} refuses connections`,
  );
});

Deno.test("checkDestination() checks the certificate of a URL", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...SELF_SIGNED },
    () => new Response(),
  );
  const { port } = server.addr;
  assertEquals(
    await found(http(`https://localhost:${port}/canary`)),
    `failed to app: https://localhost:${port}/… has a certificate that cannot be trusted: UnknownIssuer`,
  );
  await using plain = new EchoReceiver();
  const line = await found(http(`https://localhost:${plain.port}/canary`));
  assert(
    line.startsWith(
      `failed to app: https://localhost:${plain.port}/… cannot be reached: `,
    ),
    line,
  );
});

Deno.test("connectFault() says why, in words of its own", () => {
  const table: [name: string, message: string, summary: string][] = [
    ["TimeoutError", "canary", "does not answer within 3 s"],
    ["TimedOut", "canary", "does not answer within 3 s"],
    [
      "Error",
      "failed to lookup address information: Name or service not known",
      "has a host name that cannot be resolved",
    ],
    ["NetworkUnreachable", "canary", "cannot be reached: NetworkUnreachable"],
  ];
  for (const [name, message, summary] of table) {
    const error = Object.assign(new Error(message), { name });
    assertEquals(connectFault(error).summary, summary);
  }
  assertEquals(connectFault("canary").summary, "cannot be reached: Error");
});

Deno.test("checkDestination() looks for a program, and does not run it", async () => {
  await using dir = await TempDir.make();
  const { path } = dir;
  const script = `#!/bin/sh\ntouch ${path}/ran\n`;
  await Deno.writeTextFile(`${path}/notify`, script, { mode: 0o755 });
  await Deno.writeTextFile(`${path}/text`, script, { mode: 0o644 });
  await Deno.mkdir(`${path}/folder`);
  const can = (shown: string) => `ok to app: ${shown} can be run`;
  const cannot = (shown: string) =>
    `failed to app: ${shown} must be an executable file`;
  const table: [command: [string, ...string[]], finding: string][] = [
    [[`${path}/notify`], can(`${path}/notify`)],
    [[`${path}/notify`, "canary"], can(`${path}/notify …`)],
    [["notify"], can("notify")],
    [[`${path}/none`], cannot(`${path}/none`)],
    [[`${path}/text`, "canary"], cannot(`${path}/text …`)],
    [[`${path}/folder`], cannot(`${path}/folder`)],
    [["none"], cannot("none")],
  ];
  for (const [command, expected] of table) {
    const folders = () => [`${path}/none`, path];
    assertEquals(await found({ kind: "exec", command }, folders), expected);
  }
  assertEquals(
    await found({ kind: "exec", command: ["notify"] }),
    cannot("notify"),
  );
  const names = (await Array.fromAsync(Deno.readDir(path))).map((e) => e.name);
  assert(!names.includes("ran"));
});

Deno.test("checkDestination() looks for a module, and does not load it", async () => {
  await using dir = await TempDir.make();
  await dir.write("handlers.ts", "Deno.exit(1);");
  const table: [path: string, finding: string][] = [
    [`${dir.path}/handlers.ts`, `ok to app: ${dir.path}/handlers.ts is there`],
    [
      `${dir.path}/none.ts`,
      `failed to app: ${dir.path}/none.ts must be a file that this user can read`,
    ],
    [
      dir.path,
      `failed to app: ${dir.path} must be a file that this user can read`,
    ],
  ];
  for (const [path, expected] of table) {
    assertEquals(await found({ kind: "module", path }), expected);
  }
});
