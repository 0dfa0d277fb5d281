import { assert, assertEquals, assertMatch } from "@std/assert";
import { DESTINATION_DEFAULTS } from "../../lib/config/destination_members.ts";
import type { DestinationTarget } from "../../lib/destinations/destination_config.ts";
import { connectFault } from "../../lib/doctor/connect.ts";
import { checkDestination } from "../../lib/doctor/destinations.ts";
import { EchoReceiver } from "../support/echo_receiver.ts";
import { brief } from "../support/findings.ts";
import { freePort } from "../support/free_port.ts";
import { SELF_SIGNED } from "../support/self_signed.ts";
import { TempDir } from "../support/temp_dir.ts";

const NO_FOLDERS = () => [];

async function found(
  target: DestinationTarget,
  programFolders: () => readonly string[] = NO_FOLDERS,
  limits: { loadTimeoutMs?: number } = {},
): Promise<string> {
  const config = { ...DESTINATION_DEFAULTS, name: "app", target };
  const [line, ...more] = brief(
    await checkDestination(config, { programFolders, ...limits }),
  );
  assertEquals(more, []);
  return line ?? "";
}

function http(url: string): DestinationTarget {
  return { kind: "http", url, secret: null };
}

Deno.test("checkDestination() connects to a URL and sends nothing", async () => {
  await using receiver = new EchoReceiver();
  const { port } = receiver;
  const url = `http://127.0.0.1:${port}/canary?token=canary`;
  assertEquals(
    await found(http(url)),
    `ok to app: http://127.0.0.1:${port}/… can be reached`,
  );
  assertEquals(receiver.received, []);
  const closed = freePort();
  assertEquals(
    await found(http(`http://127.0.0.1:${closed}/`)),
    `failed to app: http://127.0.0.1:${closed} refuses connections`,
  );
});

Deno.test("checkDestination() does not call failed what only a proxy may reach", async () => {
  const config = { ...DESTINATION_DEFAULTS, name: "app" };
  const world = {
    programFolders: NO_FOLDERS,
    proxyVariables: ["HTTP_PROXY"],
    connect: () => Promise.reject(new Deno.errors.ConnectionRefused()),
  };
  const find = async (url: string) =>
    brief(await checkDestination({ ...config, target: http(url) }, world));
  assertEquals(await find("http://app.example/hook"), [
    "warning to app: http://app.example/… refuses connections without the proxy of HTTP_PROXY, which was not tried",
  ]);
  assertEquals(await find("http://127.0.0.1:8080/"), [
    "failed to app: http://127.0.0.1:8080 refuses connections",
  ]);
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
  const scripts = [
    ["good", "#! /usr/bin/env -S A=1 notify -x\n"],
    ["crlf", "#!/bin/sh\r\ntouch ran\r\n"],
    ["lost", "#!/none/sh -e\n"],
    ["env", "#!/usr/bin/env no-such-program\n"],
  ] as const;
  for (const [name, text] of scripts) {
    await Deno.writeTextFile(`${path}/${name}`, text, { mode: 0o755 });
  }
  const CRLF =
    "has a Windows line ending in its first line, so that the interpreter is not found";
  const needs = (name: string, missing: string) =>
    `failed to app: ${path}/${name} needs ${missing}, which its first line names and which must be an executable file`;
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
    [[`${path}/good`], can(`${path}/good`)],
    [[`${path}/crlf`], `failed to app: ${path}/crlf ${CRLF}`],
    [[`${path}/lost`], needs("lost", "/none/sh")],
    [[`${path}/env`], needs("env", "no-such-program")],
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

Deno.test("checkDestination() loads a module, and runs no handler", async () => {
  await using dir = await TempDir.make();
  const { path } = dir;
  const unloadable: [name: string, code: string, fault: RegExp][] = [
    ["syntax", "export default {", /^TypeError: [^\n]+Unexpected token/],
    ["missing", "import './none.mjs';", /^TypeError: Module not found/],
    ["none", "export const a = 1;", /default must be an object of functions/],
    ["throws", "throw new Error('boom');", /^Error: boom$/],
    ["number", "export default { 'a.b': 1 };", /\["a\.b"\] must be a function/],
    ["lines", "throw new Error('a\\nb');", /^Error: a$/],
    ["says", "console.log('x'); throw new Error('boom');", /^Error: boom$/],
    [
      "exits",
      "Deno.exit(0);",
      /^The module's process ended: exit code 0$/,
    ],
    [
      "late",
      "setInterval(() => {}, 1e3); await new Promise(() => {});",
      /^Loading the module took longer than 0\.3 s$/,
    ],
  ];
  const good = `export default {
    '*': () => Deno.writeTextFileSync("${path}/ran", ""),
  };`;
  await dir.write("good.mjs", good);
  const module = (name: string): DestinationTarget => ({
    kind: "module",
    path: `${path}/${name}`,
  });
  assertEquals(
    await found(module("good.mjs")),
    `ok to app: ${path}/good.mjs can be loaded`,
  );
  for (const [name, code, fault] of unloadable) {
    await dir.write(`${name}.mjs`, code);
    const limits = name === "late" ? { loadTimeoutMs: 300 } : {};
    const line = await found(module(`${name}.mjs`), NO_FOLDERS, limits);
    const start = `failed to app: ${path}/${name}.mjs cannot be loaded: `;
    assertEquals(line.slice(0, start.length), start);
    assertMatch(line.slice(start.length), fault);
  }
  for (const shown of [`${path}/gone.ts`, path]) {
    assertEquals(
      await found({ kind: "module", path: shown }),
      `failed to app: ${shown} must be a file that this user can read`,
    );
  }
  const names = (await Array.fromAsync(Deno.readDir(path))).map((e) => e.name);
  assert(!names.includes("ran"));
});

Deno.test("checkDestination() warns of keys that match no known event", async () => {
  await using dir = await TempDir.make();
  const handlers =
    "export default { 'inquiry.aproved'() {}, 'report/*'() {} };";
  await dir.write("handlers.mjs", handlers);
  const path = `${dir.path}/handlers.mjs`;
  const config = { ...DESTINATION_DEFAULTS, name: "app" };
  const findings = await checkDestination({
    ...config,
    target: { kind: "module", path },
  }, { programFolders: NO_FOLDERS });
  assertEquals(findings.map(({ status, summary }) => [status, summary]), [
    ["ok", `${path} can be loaded`],
    [
      "warning",
      'event handler "inquiry.aproved" matches no known event. Did you mean "inquiry.approved"?',
    ],
  ]);
});
