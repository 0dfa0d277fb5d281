import { assert, assertEquals } from "@std/assert";
import { loadConfig } from "../../lib/config/load_config.ts";
import { checkPorts } from "../../lib/doctor/ports.ts";
import { checkServer, type ServerAccess } from "../../lib/doctor/server.ts";
import { VERSION } from "../../lib/version.ts";
import { configSources } from "../support/config_sources.ts";
import { brief } from "../support/findings.ts";
import { LocalRig } from "../support/local_rig.ts";
import { rejected } from "../support/rejected.ts";

const LOCAL = "http://127.0.0.1:3001";
const PUBLIC = "http://127.0.0.1:3000";
const RUNS = `runs persona-inbox ${VERSION}`;
const READY = `ok public port: ${PUBLIC} is ready for deliveries`;

/** Asks a real local listener, and a public one that answers with a status. */
async function ask(
  rig: LocalRig,
  access: Partial<ServerAccess> = {},
  readiness = 200,
): Promise<string[]> {
  return brief(
    await checkServer({
      localUrl: LOCAL,
      token: null,
      publicUrl: PUBLIC,
      fetch: (request) => {
        const { origin } = new URL(request.url);
        if (origin === LOCAL) return rig.fetch(request.url, request);
        assertEquals(request.headers.get("authorization"), null);
        return readiness === 0
          ? Promise.reject(new TypeError("canary"))
          : Promise.resolve(new Response("{}", { status: readiness }));
      },
      ...access,
    }),
  );
}

Deno.test("checkServer() tells what the server says", async () => {
  await using rig = await LocalRig.make({ token: "canary-token" });
  const token = "canary-token";
  const table: [access: Partial<ServerAccess>, ...findings: string[]][] = [
    [{ token }, `ok server: ${RUNS}`, READY],
    [
      {},
      `warning server: at ${LOCAL} refuses this command`,
      READY,
    ],
    [
      { localUrl: null },
      "ok server: runs without a local listener, so it was not asked",
      READY,
    ],
    [{ token, publicUrl: null }, `ok server: ${RUNS}`],
    [
      { fetch: () => Promise.resolve(new Response("<html>")) },
      `failed server: holds the store, and does not answer at ${LOCAL}`,
      READY,
    ],
    [
      {
        fetch: () => Promise.resolve(Response.json({ version: "9.9.9" })),
        publicUrl: null,
      },
      `warning server: runs persona-inbox 9.9.9; this is ${VERSION}`,
    ],
  ];
  for (const [access, ...expected] of table) {
    assertEquals(await ask(rig, access), expected);
  }
});

Deno.test("checkServer() reports a server that accepts no deliveries", async () => {
  await using rig = await LocalRig.make();
  const table: [readiness: number, finding: string][] = [
    [
      503,
      `failed public port: ${PUBLIC} cannot take deliveries now: it starts, stops, or cannot store`,
    ],
    [0, `failed public port: the server does not answer at ${PUBLIC}`],
    [404, `failed public port: the server does not answer at ${PUBLIC}`],
  ];
  for (const [readiness, expected] of table) {
    assertEquals((await ask(rig, {}, readiness)).at(-1), expected);
  }
});

Deno.test("checkServer() tells of destinations that are down and of refused deliveries", async () => {
  const pausedUntilMs = Date.parse("2026-01-01T00:00:00Z");
  await using rig = await LocalRig.make({
    activities: () =>
      Promise.resolve([{ destination: "notify", running: 0, pausedUntilMs }]),
  });
  rig.monitor.rejected(rejected({ reason: "body-too-large" }));
  rig.monitor.rejected(rejected({ reason: "signature-mismatch" }));
  const [runs, paused, refused, ready] = await ask(rig);
  assertEquals([runs, ready], [`ok server: ${RUNS}`, READY]);
  assertEquals(
    paused,
    "warning server: has paused notify until 2026-01-01T00:00:00.000Z, as it did not respond",
  );
  assert(
    /^warning server: refused 2 deliveries since it started, the latest at \S+: Invalid signature: signed with a different secret/
      .test(refused ?? ""),
    refused,
  );
});

Deno.test("checkPorts() reports ports that no server could listen on", () => {
  const taken = new Deno.errors.AddrInUse();
  const denied = new Deno.errors.PermissionDenied();
  const free3000 = "ok public port: 0.0.0.0:3000 is free";
  const table: [
    env: Record<string, string>,
    faults: Record<number, Error>,
    ...findings: string[],
  ][] = [
    [{}, {}, free3000, "ok local port: 127.0.0.1:3001 is free"],
    [{ INBOX_ADMIN_PORT: "off" }, {}, free3000],
    [
      { PORT: "80" },
      { 80: denied, 3001: taken },
      "failed public port: 0.0.0.0:80 cannot be listened on by this user of this machine",
      "warning local port: 127.0.0.1:3001 is in use by another program",
    ],
    [
      { INBOX_ADMIN_PORT: "3001" },
      { 3000: taken, 3001: taken },
      "failed public port: 0.0.0.0:3000 is in use by another program",
      "failed local port: 127.0.0.1:3001 is in use by another program",
    ],
  ];
  for (const [env, faults, ...expected] of table) {
    const secret = { PERSONA_WEBHOOK_SECRET: "wbhsec_5e77" };
    const sources = configSources({ env: { ...secret, ...env } });
    const found = checkPorts(loadConfig("serve", sources), ({ port }) => {
      if (faults[port]) throw faults[port];
    });
    assertEquals(brief(found), expected);
  }
});

Deno.test("checkPorts() finds out by listening", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(),
  );
  const { port } = server.addr;
  const env = { PORT: String(port), INBOX_ADMIN_PORT: "0" };
  const config = loadConfig("dev", configSources({ env }));
  assertEquals(brief(checkPorts(config)), [
    `failed public port: 127.0.0.1:${port} is in use by another program`,
    "ok local port: any free one",
  ]);
});
