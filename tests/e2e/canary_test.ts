/** What a person's data and a secret would look like in the log: absent. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { sampleEvent } from "../../lib/samples/samples.ts";
import { deliver } from "../support/deliver.ts";
import { runProgram } from "../support/program.ts";
import { ServerProcess } from "../support/server_process.ts";
import { SECRET } from "../support/signed_delivery.ts";
import { TempDir } from "../support/temp_dir.ts";

const OTHER_SECRET = "wbhsec_canary-of-the-other-secret";
const CANARIES = [
  "Canary-Jo",
  "D0CUMENT-4711",
  "1990-01-31",
  SECRET,
  OTHER_SECRET,
  SECRET.slice("wbhsec_".length),
];

/** A sample with canaries where it has a person's data. */
function canaryEvent(): string {
  const event = JSON.stringify(
    sampleEvent("inquiry.approved"),
  );
  return JSON.stringify(JSON.parse(event, (key, value) => {
    if (key === "name-first") return "Canary-Jo";
    if (key === "birthdate") return "1990-01-31";
    if (/number|reference/.test(key)) return "D0CUMENT-4711";
    return value;
  }));
}

Deno.test("no payload value and no secret gets to the output, whatever happens", async () => {
  for (const log of ["json", "pretty"]) {
    await using dir = await TempDir.make();
    const args = ["serve", `--log=${log}`, "--log-level=debug"];
    const env = { PERSONA_WEBHOOK_SECRET: `${SECRET},${OTHER_SECRET}` };
    const options = { cwd: dir.path, env };
    await using server = await ServerProcess.start(args, options);
    const body = canaryEvent();
    assert(body.includes("Canary-Jo") && body.includes("D0CUMENT-4711"));

    assertEquals((await deliver(server.url, body)).status, 200);
    assertEquals((await deliver(server.url, body)).status, 200);
    assertEquals((await deliver(server.url, `${body},Canary-Jo`)).status, 400);
    const odd = body.replaceAll('"inquiry"', '"Canary-Jo D0CUMENT-4711"');
    assertEquals((await deliver(server.url, odd)).status, 200);
    for (const path of ["webhook?D0CUMENT-4711", "Canary-Jo"]) {
      const response = await fetch(`${server.url}/${path}`, {
        method: "POST",
        headers: { "persona-signature": SECRET, "x-request-id": "Canary-Jo" },
        body,
      });
      assertHasNone(await response.text() + [...response.headers].join());
    }
    const listed = await runProgram(["events"], options);
    assertHasNone(listed.stdout + listed.stderr);
    const { id } = JSON.parse(body).data;
    const masked = await runProgram(["events", id], options);
    assertEquals(masked.code, 0);
    assertHasNone(masked.stdout + masked.stderr);
    const revealed = await runProgram(["events", id, "--reveal"], options);
    assert(revealed.stdout.includes("Canary-Jo"), "the canary is alive");
    const audit = await runProgram(["audit"], options);
    assertMatch(audit.stdout, /"act":"reveal"/);
    assert(!audit.stdout.includes("Canary"), audit.stdout);

    assertEquals(await server.stop(), 0);
    assertHasNone(server.stdout + server.stderr);
  }
});

Deno.test("no payload value gets to the local listener unrevealed, though a destination repeats all of it", async () => {
  await using dir = await TempDir.make();
  await using parrot = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => new Response(await request.text(), { status: 500 }),
  );
  const url = `http://127.0.0.1:${parrot.addr.port}/`;
  const destinations = [{ name: "parrot", url, attemptsMax: 1 }];
  await dir.write("inbox.json", JSON.stringify({ destinations }));
  const env = { PERSONA_WEBHOOK_SECRET: SECRET, INBOX_ADMIN_PORT: "0" };
  await using server = await ServerProcess.start(["serve"], {
    cwd: dir.path,
    env,
  });
  const [, local] = await server.logged(/"localUrl":"([^"]+)"/);
  const body = canaryEvent();
  const { id } = JSON.parse(body).data;
  assertEquals((await deliver(server.url, body)).status, 200);
  assertEquals((await deliver(server.url, `${body},`)).status, 400);
  await server.logged(/"dead letter"/);

  const objectId = JSON.parse(body).data.attributes.payload.data.id;
  const paths = [
    ...["", "metrics", "api/stats", "api/rejected", "api/events"],
    ...[`api/events/${id}`, `api/objects/${objectId}`, "api/events/Canary-Jo"],
  ];
  for (const path of paths) {
    const response = await fetch(`${local}${path}`);
    assertHasNone(await response.text() + [...response.headers].join());
  }
  const revealed = await fetch(`${local}api/events/${id}?reveal=1`);
  assert((await revealed.text()).includes("Canary-Jo"), "the canary is alive");
  assertEquals(await server.stop(), 0);
  assertHasNone(server.stdout + server.stderr);
});

Deno.test("a bad setting is reported without the secret in it", async () => {
  await using dir = await TempDir.make();
  await dir.write("inbox.json", `{"secret": {"a": "${SECRET}"}, "port": -1}`);
  const result = await runProgram(["serve", "--log=xml"], {
    cwd: dir.path,
    env: { PERSONA_WEBHOOK_SECRET: SECRET },
  });
  assertEquals(result.code, 2);
  assertHasNone(result.stdout + result.stderr);
});

function assertHasNone(text: string): void {
  for (const canary of CANARIES) {
    assert(!text.includes(canary), `${canary} in:\n${text}`);
  }
}
